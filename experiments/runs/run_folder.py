"""A run's folder: what was asked for, its cells, and a lock."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from experiments.errors import RunError
from experiments.runs.cell import Cell, cell_of
from experiments.runs.files import OutputError
from experiments.runs.run_file import RUN, RunFile, read_run, write_run
from experiments.runs.settings import RunSettings

LOCK = "lock"
BEFORE_A_RUN = (LOCK, f"{RUN}*.partial")  # a run that was killed as it began left these
LONGEST = 80  # of a setting in an error


class RunFolder:
    """Locks a folder for one process; giving the same command again resumes its run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        _check_free(folder)
        self._lock = FileLock(folder / LOCK, timeout=0, thread_local=False)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock.acquire()
        except Timeout as error:
            raise RunError(
                f"run folder {folder} is in use by another process: wait for it, "
                "or name another folder with --out"
            ) from error
        except OSError as error:
            raise OutputError(
                f"cannot write to {folder} ({error.strerror}): name another folder with --out"
            ) from error

    def begin(self, run: RunFile) -> RunFile:
        """Writes what is asked for, or checks that it was asked for before.

        Prices are those of the last sitting, as unknown ones may have become known; the prices of
        models that this sitting does not use are kept.
        """
        if not (self.folder / RUN).exists():
            write_run(self.folder, run)
            return run
        before = read_run(self.folder)
        if found := _setting_differences(before, run):
            raise RunError(
                f"{self.folder} was begun with other settings: {'; '.join(found)}; "
                "name a new folder with --out, or ask for the same again"
            )
        resumed = replace(before, models=run.models, prices={**before.prices, **run.prices})
        if resumed != before:
            write_run(self.folder, resumed)
        return resumed

    def cell(self, name: str, seed: int) -> Cell:
        """The cell of a variant's folder name and a seed."""
        return cell_of(self.folder, name, seed)

    def close(self) -> None:
        """Releases the lock."""
        self._lock.release()


def _check_free(folder: Path) -> None:
    """Refuses a folder with other files before anything is written to it."""
    if not folder.is_dir() or (folder / RUN).exists():
        return
    for entry in folder.iterdir():
        if not any(fnmatch(entry.name, pattern) for pattern in BEFORE_A_RUN):
            raise RunError(f"{folder} holds other files: name a new folder with --out")


def _setting_differences(before: RunFile, now: RunFile) -> list[str]:
    """Each setting that differs, as `name: before -> now`; versions and prices may change."""
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
    """Each chat model that the same settings now find on another server."""
    if before.models is None:
        return []
    found = _different(before.models, now.models)
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
