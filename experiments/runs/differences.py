"""How the settings of two runs differ, as `name: before -> now`."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from experiments.runs.run_file import RunFile
from experiments.runs.settings import RunSettings

LONGEST = 80  # of a setting in an error


def setting_differences(before: RunFile, now: RunFile) -> list[str]:
    """Each setting that differs; versions and prices may change."""
    settings = list(_settings(before.settings, now.settings))
    return [
        *(settings or _servers(before, now)),
        *_world(before, now),
        *_different(before.embedding, now.embedding, "embedding"),
    ]


def _settings(before: RunSettings, now: RunSettings) -> Iterator[str]:
    yield from _different(_with_names(before), _with_names(now))
    old, new = ({one.name: asdict(one) for one in run.variants} for run in (before, now))
    for name in [name for name in old if name in new]:
        yield from _different(old[name], new[name], name)


def _with_names(settings: RunSettings) -> Mapping[str, Any]:
    """The settings with the names of the variants in place of these."""
    return {**asdict(settings), "variants": ", ".join(one.name for one in settings.variants)}


def _servers(before: RunFile, now: RunFile) -> list[str]:
    """Each chat model of before that the same settings now find on another server."""
    if before.models is None:
        return []
    models = {name: (now.models or {}).get(name) for name in before.models}
    found = _different(before.models, models)
    return list(dict.fromkeys(f"chat model: {one.partition(': ')[2]}" for one in found))


def _world(before: RunFile, now: RunFile) -> Iterator[str]:
    """A world of the same name that was built anew."""
    same_name = before.settings.world == now.settings.world
    if same_name and before.world != now.world:
        digests = f"{before.world.digest} -> {now.world.digest}"
        yield f"world {now.world.name!r} has changed since then (digest {digests})"


def _different(before: Any, now: Any, place: str = "") -> Iterator[str]:
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        for name in dict.fromkeys([*before, *now]):
            inside = f"{place}.{name}" if place else str(name)
            yield from _different(before.get(name), now.get(name), inside)
    elif before != now:
        yield f"{place}: {_brief(before)} -> {_brief(now)}"


def _brief(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
