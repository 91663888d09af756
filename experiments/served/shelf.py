"""Which runs there are in the project's home, and what was read of them so far."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from experiments.runs.places import RUN, is_run, run_parents
from experiments.served.growing import Budget
from experiments.served.tracked import Listed, TrackedRun

MOST_LISTED = 100
READ_AT_ONCE = 1 << 28  # bytes of records and calls that are read for one list
LONGEST_NAME = 200


@dataclass(frozen=True)
class RunList:
    """The runs that were played last, and how many others there are."""

    runs: list[Listed]
    left_off: int


class RunShelf:
    """The runs in the two folders where runs go that were given none; one thread reads at a time.

    A run is found by its name among those that there are, so no name can lead out of these folders.
    """

    def __init__(self) -> None:
        self._tracked = dict[Path, TrackedRun]()
        self._lock = threading.Lock()

    def listed(self) -> RunList:
        """The list, those played last first."""
        with self._lock:
            found = sorted(_folders(), key=_last_touched, reverse=True)
            shown = found[:MOST_LISTED]
            self._tracked = {one: self._tracked.get(one) or TrackedRun(one) for one in shown}
            budget = Budget(READ_AT_ONCE)
            runs = [run.look(budget) for run in self._tracked.values()]
        in_order = sorted(runs, key=lambda run: run.last_played, reverse=True)
        return RunList(in_order, len(found) - len(shown))

    def find(self, place: str, name: str) -> TrackedRun | None:
        """The run of this name; None where there is none."""
        named = (one for one in _folders() if (one.parent.name, one.name) == (place, name))
        folder = next(named, None)
        if folder is None:
            return None
        with self._lock:
            return self._tracked.setdefault(folder, TrackedRun(folder))

    def look(self, run: TrackedRun) -> Listed:
        """A run as it is now."""
        with self._lock:
            return run.look(Budget(READ_AT_ONCE))


def _folders() -> Iterator[Path]:
    for parent in run_parents():
        if parent.is_dir():
            yield from (one for one in parent.iterdir() if _is_named(one.name) and is_run(one))


def _is_named(name: str) -> bool:
    """Whether a folder has a name that an address can tell, which excludes hidden ones."""
    return name.isprintable() and len(name) <= LONGEST_NAME and not name.startswith(".")


def _last_touched(folder: Path) -> float:
    """When a run was last played, near enough to sort by."""
    times = []
    for name in (RUN, "calls.csv", "summary.json", "cells"):
        try:
            times.append((folder / name).stat().st_mtime)
        except OSError:
            continue
    return max(times, default=0.0)
