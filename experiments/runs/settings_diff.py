"""What a run is asked for otherwise than before, told to whoever gives its command again."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from experiments.runs.records import RunFile

MAY_CHANGE = ("versions", "prices")  # between the sittings of one run
TOLD_APART = ("preset", "settings", "world", "models")
LONGEST = 80


def changed(before: RunFile, now: RunFile) -> list[str]:
    """Each setting that differs, as `name: before -> now`; none where it is the same run."""
    settings = list(_settings(before["settings"], now["settings"]))
    return [
        *(settings or _servers(before, now)),
        *_world(before, now),
        *_differences(_rest(before), _rest(now)),
    ]


def _settings(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    yield from _differences(_named(before), _named(now))
    arms, others = ({one["name"]: one for one in run["variants"]} for run in (before, now))
    for name in arms:
        if name in others:
            yield from _differences(arms[name], others[name], name)


def _named(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """The settings with the names of the arms alone."""
    return {**settings, "variants": ", ".join(one["name"] for one in settings["variants"])}


def _servers(before: RunFile, now: RunFile) -> list[str]:
    """Chat models that the same settings now find on another server, each once.

    Runs that were begun before these were written down have none to compare.
    """
    if "models" not in before:
        return []
    found = _differences(before["models"], now["models"])
    return list(dict.fromkeys(f"chat model: {one.partition(': ')[2]}" for one in found))


def _rest(run: RunFile) -> Mapping[str, Any]:
    return {name: run[name] for name in run if name not in (*MAY_CHANGE, *TOLD_APART)}


def _world(before: RunFile, now: RunFile) -> Iterator[str]:
    """Of another world the name says enough; one that was built anew has another digest."""
    same = before["settings"]["world"] == now["settings"]["world"]
    if same and before["world"] != now["world"]:
        digests = " -> ".join(str(run["world"].get("digest")) for run in (before, now))
        yield f"world {now['world']['name']!r} has changed since then (digest {digests})"


def _differences(before: Any, now: Any, place: str = "") -> Iterator[str]:
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        for name in dict.fromkeys([*before, *now]):
            inside = f"{place}.{name}" if place else str(name)
            yield from _differences(before.get(name), now.get(name), inside)
    elif before != now:
        yield f"{place}: {_brief(before)} -> {_brief(now)}"


def _brief(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
