"""Tells the trackers of a run, each in a thread of its own; none can hurt or delay the run."""

import re
import threading
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from queue import SimpleQueue

from experiments.errors import RunError
from experiments.runs.records import Record
from experiments.runs.run_file import RunFile
from experiments.statistics.figures import RunSummary
from experiments.trackers.told_keys import ToldKeys, checksum
from experiments.trackers.tracker import TrackedRun, Tracker, episode_figures

FOLDER = "tracking"  # in the folder of a run
PATIENCE = 30.0  # seconds that the end of a run waits for its trackers
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,99}")

Tell = Callable[[Tracker], None]


class TrackerWarning(UserWarning):
    """A tracker has failed, and the run goes on without it."""


def check_names(trackers: Sequence[Tracker]) -> None:
    """Refuses trackers that could not be told apart, or have no place for what they were told."""
    names = [tracker.name for tracker in trackers]
    for name in names:
        if not NAME.fullmatch(name):
            raise RunError(f"a tracker cannot be named {name!r}: use letters, digits, . and -")
        if names.count(name) > 1:
            raise RunError(f"there are several trackers named {name!r}: name each one once")


class Tracking:
    """The trackers of a run while it is played."""

    def __init__(self, trackers: Sequence[Tracker], folder: Path, run: RunFile) -> None:
        self._cells = {variant.name: variant.folder for variant in run.settings.variants}
        self._threads = [TrackerThread(tracker, folder, run) for tracker in trackers]

    def record(self, record: Record) -> None:
        """Tells of an episode; one that a tracker knows already is passed over."""
        if not self._threads:
            return
        cell = f"{self._cells[record['variant']]}.{record['seed']}"
        episode = episode_figures(record, cell)
        key = f"{episode.id} failed" if episode.error else episode.id  # it may be played again
        for thread in self._threads:
            thread.tell(lambda tracker: tracker.episode(episode), key)

    def finish(
        self,
        summary: RunSummary | None = None,
        page: Path | None = None,
        patience: float | None = None,
    ) -> None:
        """Tells of the end, or without a summary of a stop, and waits a while for the trackers."""
        key = f"summary {checksum(asdict(summary))}" if summary else None
        for thread in self._threads:
            thread.tell(lambda tracker: tracker.finish(summary, page), key)
            thread.end()
        deadline = time.monotonic() + (PATIENCE if patience is None else patience)
        for thread in self._threads:
            thread.join(deadline)


class TrackerThread:
    """Tells one tracker, in order, what it was not told yet."""

    def __init__(self, tracker: Tracker, folder: Path, run: RunFile) -> None:
        self._tracker, self._file, self._folder = tracker, run, folder
        self._queue = SimpleQueue[tuple[Tell, str | None] | None]()
        self._thread = threading.Thread(
            target=self._work, name=f"tracker-{tracker.name}", daemon=True
        )
        self._thread.start()

    def tell(self, tell: Tell, key: str | None) -> None:
        """Queues something to tell; without a key it only matters if the tracker was started."""
        if self._thread.is_alive():
            self._queue.put((tell, key))

    def end(self) -> None:
        """Ends the thread once all is told."""
        self._queue.put(None)

    def join(self, deadline: float) -> None:
        """Waits for the end of the thread, at most until the deadline."""
        self._thread.join(max(0.0, deadline - time.monotonic()))
        if self._thread.is_alive():
            self._warn("does not answer")

    def _work(self) -> None:
        try:
            self._tell_all()
        except Exception as error:  # noqa: BLE001  whatever a tracker or its server may do
            self._warn(f"has failed ({type(error).__name__}: {error})")

    def _tell_all(self) -> None:
        state = self._folder / FOLDER / self._tracker.name
        known, started = ToldKeys(state.with_name(f"{state.name}.told")), False
        run = TrackedRun(self._folder, self._file, state, resumed=bool(known))
        while (told := self._queue.get()) is not None:
            tell, key = told
            if key in known or (key is None and not started):
                continue
            if not started:
                self._tracker.start(run)
                started = True
            tell(self._tracker)
            if key is not None:
                known.add(key)

    def _warn(self, what: str) -> None:
        warnings.warn(
            f"tracker {self._tracker.name!r} {what}: the run is kept without it; "
            "the same call or command again tells it what it missed",
            TrackerWarning,
            stacklevel=1,
        )
