"""A run that is looked at again and again: its state, how far it came, and what it cost."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from experiments.errors import RunError
from experiments.playing.failures import IN_A_ROW
from experiments.runs.cell import cell_of
from experiments.runs.glance import state_of
from experiments.runs.places import RUN
from experiments.runs.run_file import RunFile, read_run
from experiments.runs.variants import Variant
from experiments.served.growing import Budget, CallCount, EpisodeCount
from experiments.served.pace import Pace
from experiments.statistics.summary import SUMMARY
from simulator import plain

State = Literal["running", "interrupted", "failed", "done", "damaged"]
LARGEST_FILE = 1 << 22  # bytes of run.json
MOST_CELLS = 1000
SHOWN = 200  # characters of a name
SHOWN_OF_ERROR = 600
SHOWN_ARMS = 100


@dataclass(frozen=True)
class Listed:
    """A run in the list; `counted` is false while its files are still being read.

    `left` is in seconds, `money` in USD; both are None where they are not known.
    """

    place: str
    name: str
    state: State
    problem: str = ""
    preset: str = ""
    world: str = ""
    arms: tuple[str, ...] = ()
    seeds: int = 0
    played: int = 0
    planned: int = 0
    failed: int = 0
    left: float | None = None
    calls: int = 0
    money: float | None = None
    counted: bool = True
    last_played: str = ""


class TrackedRun:
    """Remembers what was read of a run, so that the next look reads only what is new."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._stamp = 0
        self._file: RunFile | None = None
        self._cells = dict[tuple[str, int], tuple[Variant, EpisodeCount]]()
        self._calls = CallCount(folder / "calls.csv")
        self._pace = Pace()

    @property
    def name(self) -> str:
        """Its folder's name."""
        return self.folder.name

    @property
    def place(self) -> str:
        """The name of the folder that holds it."""
        return self.folder.parent.name

    def file(self) -> RunFile:
        """The content of run.json; a `RunError` where it cannot be used."""
        path = self.folder / RUN
        try:
            state = path.stat()
        except OSError as error:
            raise RunError(f"{RUN} cannot be read ({error.strerror})") from error
        if self._file is None or state.st_mtime_ns != self._stamp:
            if state.st_size > LARGEST_FILE:
                raise RunError(f"{RUN} has more than {LARGEST_FILE:,} bytes: no run wrote it")
            self._file = self._checked(read_run(self.folder))
            self._stamp = state.st_mtime_ns
        return self._file

    def _checked(self, file: RunFile) -> RunFile:
        """Refuses what this version cannot play, and finds the cells of the run."""
        settings = file.settings
        if len(settings.variants) * len(settings.seeds) > MOST_CELLS:
            raise RunError(f"it has more than {MOST_CELLS} arms with seeds")
        try:
            for variant in settings.variants:
                settings.phases(variant)
        except KeyError as error:
            raise RunError(f"arm {error} is unknown to this version of billp") from error
        for variant in settings.variants:
            for seed in settings.seeds:
                path = cell_of(self.folder, variant.folder, seed).episodes
                self._cells.setdefault((variant.name, seed), (variant, EpisodeCount(path)))
        return file

    def look(self, budget: Budget) -> Listed:
        """The run as it is now, read as far as the budget allows."""
        try:
            file = self.file()
        except (RunError, RecursionError) as error:
            return Listed(self.place, plain(self.name, SHOWN), "damaged", self.told(error))
        settings, playing = file.settings, state_of(self.folder)
        counts = [cell.advance(budget) for _, cell in self._cells.values()]
        counted = all([*counts, self._calls.advance(budget)])
        state = self._state(file, playing)
        return Listed(
            place=self.place,
            name=self.name,
            state=state,
            preset=plain(file.preset, SHOWN),
            world=plain(file.world.name, SHOWN),
            arms=tuple(plain(one.name, SHOWN) for one in settings.variants[:SHOWN_ARMS]),
            seeds=len(settings.seeds),
            played=sum(self._ended(file, variant, cell) for variant, cell in self._cells.values()),
            planned=sum(_planned(file, variant) for variant, _ in self._cells.values()),
            failed=sum(cell.failed for _, cell in self._cells.values()),
            left=self._left(file, running=state == "running"),
            calls=self._calls.calls,
            money=self._calls.money(file.prices),
            counted=counted,
            last_played=self._last_played(),
        )

    def _state(self, file: RunFile, playing: str) -> State:
        """A run stops by itself when a whole batch failed, or ten episodes in a row."""
        if playing == "in use":
            return "running"
        if playing == "finished":
            return "done"
        enough = min(IN_A_ROW, file.settings.batch)
        stopped = any(cell.failed_in_a_row >= enough for _, cell in self._cells.values())
        return "failed" if stopped else "interrupted"

    def failure(self) -> str:
        """What the latest episode that failed died of."""
        failed = [cell for _, cell in self._cells.values() if cell.failure is not None]
        latest = max(failed, key=lambda cell: cell.changed, default=None)
        return plain(latest.read_failure(), SHOWN_OF_ERROR) if latest else ""

    def _ended(self, file: RunFile, variant: Variant, cell: EpisodeCount) -> int:
        """Episodes that were played again count once."""
        return min(cell.written, _planned(file, variant))

    def _left(self, file: RunFile, *, running: bool) -> float | None:
        """Seconds to go for the arms, beside which policies and baselines take no time."""
        arms = [(of, cell) for of, cell in self._cells.values() if of.kind == "llm"]
        if not running or not arms:
            self._pace.stop()
            return None
        ended = sum(self._ended(file, variant, cell) for variant, cell in arms)
        planned = sum(_planned(file, variant) for variant, _ in arms)
        return self._pace.seconds_left(time.monotonic(), ended, planned)

    def _last_played(self) -> str:
        """As ISO 8601; nothing where a file has a time that no calendar has."""
        changed = [cell.changed for _, cell in self._cells.values()]
        latest = max([self._stamp / 1e9, *changed])
        try:
            return datetime.fromtimestamp(latest, UTC).isoformat(timespec="seconds")
        except (ValueError, OverflowError, OSError):
            return ""

    def stamp(self) -> tuple[tuple[int, int], ...]:
        """Changes with what figures are made of."""
        cells = [cell.path for _, cell in self._cells.values()]
        return tuple(map(_stamp, (self.folder / RUN, self.folder / SUMMARY, *cells)))

    def told(self, error: Exception) -> str:
        """An error without the path, which is its operator's alone."""
        told = str(error).replace(f"{self.folder}/", "").replace(str(self.folder), self.name)
        return plain(told or "it is nested too deeply", SHOWN_OF_ERROR)


def _stamp(path: Path) -> tuple[int, int]:
    try:
        state = path.stat()
    except OSError:
        return 0, 0
    return state.st_mtime_ns, state.st_size


def _planned(file: RunFile, variant: Variant) -> int:
    """The episodes of one of its cells."""
    settings = file.settings
    return sum(settings.count(phase) for phase in settings.phases(variant))
