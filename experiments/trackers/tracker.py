"""What a tracker is, and what it is told."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from experiments.runs.presets import Phase
from experiments.runs.records import Record
from experiments.runs.run_file import RunFile
from experiments.statistics.figures import RunSummary
from simulator import QuitCause


@dataclass(frozen=True)
class TrackedRun:
    """The run of which a tracker is told; `state` is where the tracker may keep a file or folder.

    A run is `resumed` once the tracker was told anything of it before.
    """

    folder: Path
    file: RunFile
    state: Path
    resumed: bool

    @property
    def name(self) -> str:
        """How the run is called in a list of runs."""
        return self.folder.resolve().name


@dataclass(frozen=True)
class EpisodeFigures:
    """An episode in figures; one that failed has an error and no metrics."""

    id: str
    cell: str
    variant: str
    seed: int
    phase: Phase
    number: int
    batch: int
    user: int
    len: int | None
    r_each: float | None
    r_traj: float | None
    cause: QuitCause | None
    error: str | None
    calls: int
    input: int
    output: int

    @property
    def metrics(self) -> dict[str, float]:
        """Its metrics by name, each with its cell and phase; an error counts as 1."""
        found = {"len": self.len, "r_each": self.r_each, "r_traj": self.r_traj}
        known = {f"{self.cell}/{self.phase}/{name}": value for name, value in found.items()}
        known[f"{self.cell}/{self.phase}/failed"] = 1 if self.error else None
        return {name: float(value) for name, value in known.items() if value is not None}


class Tracker(Protocol):
    """Is told of one run, in a thread of its own; if it raises, it is dropped with a warning.

    The name tells a run's trackers apart: what was told under it is not told again.
    """

    @property
    def name(self) -> str:
        """Letters, digits, dots and dashes."""
        ...

    def start(self, run: TrackedRun) -> None:
        """Is called before all else, once each time that the run is begun or goes on."""
        ...

    def episode(self, episode: EpisodeFigures) -> None:
        """An episode has ended; those of an earlier sitting come first if they were missed."""
        ...

    def finish(self, summary: RunSummary | None, page: Path | None) -> None:
        """The run has ended; without a summary it was stopped, and may go on later."""
        ...


def episode_figures(record: Record, cell: str) -> EpisodeFigures:
    """The figures of a recorded episode of a cell."""
    ratings, error = [step["reward"] for step in record["steps"]], record["error"]
    total, usage = round(sum(ratings), 4), record["usage"]
    return EpisodeFigures(
        id=record["id"],
        cell=cell,
        variant=record["variant"],
        seed=record["seed"],
        phase=record["phase"],
        number=record["number"],
        batch=record["batch"],
        user=record["user"],
        len=None if error else len(ratings),
        r_each=None if error or not ratings else round(total / len(ratings), 4),
        r_traj=None if error else total,
        cause=record["cause"],
        error=error["type"] if error else None,
        calls=sum(turn["calls"] for turn in usage),
        input=sum(turn["input"] for turn in usage),
        output=sum(turn["output"] for turn in usage),
    )


def final_metrics(summary: RunSummary) -> dict[str, float]:
    """The means of every variant and phase, the ends of their intervals, and their counts."""
    found = dict[str, float | None]()
    for name, variant in summary.variants.items():
        for phase, figures in variant.phases.items():
            place = f"figures/{name}/{phase}"
            found[f"{place}/episodes"], found[f"{place}/errors"] = figures.episodes, figures.errors
            for metric, estimate in figures.by_name().items():
                for end, value in vars(estimate).items():
                    found[f"{place}/{metric}_{end}"] = value
    return {name: float(value) for name, value in found.items() if value is not None}
