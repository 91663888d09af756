"""What a run has found, as typed rows and as a data frame."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from experiments.errors import MissingExtraError, RunError
from experiments.runs.presets import PHASES, Phase
from experiments.runs.run_file import read_run
from experiments.statistics.episodes import Episode, read_episodes
from experiments.statistics.figures import RunSummary
from experiments.statistics.intervals import Estimate
from experiments.statistics.metrics import METRICS, MetricName
from experiments.statistics.summary import read_summary

if TYPE_CHECKING:  # an extra
    from pandas import DataFrame

Table = Literal["figures", "differences", "episodes"]


@dataclass(frozen=True)
class MetricFigure:
    """A metric of a variant in a phase: the mean, its 95 % interval, and of how many episodes."""

    variant: str
    phase: Phase
    metric: MetricName
    mean: float | None
    low: float | None
    high: float | None
    episodes: int
    users: int


@dataclass(frozen=True)
class Difference:
    """A metric of a minus that of b, over the sessions that both played with the same users."""

    a: str
    b: str
    phase: Phase
    metric: MetricName
    mean: float | None
    low: float | None
    high: float | None
    pairs: int


@dataclass(frozen=True)
class PlayedEpisode:
    """An episode of a run; one that failed has an error."""

    variant: str
    seed: int
    phase: Phase
    number: int
    user: int
    len: int
    r_traj: float
    end: str
    error: str


@dataclass(frozen=True, repr=False)
class RunResult:
    """The figures of a run, and the folder in which all of it is kept."""

    folder: Path
    summary: RunSummary

    @cached_property
    def figures(self) -> tuple[MetricFigure, ...]:
        """Every metric of every variant in every phase."""
        return tuple(self._figures())

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        """Every metric of every pair of variants."""
        return tuple(
            Difference(pair.a, pair.b, pair.phase, metric, *_ends(found), pair.pairs)
            for pair in self.summary.paired
            for metric, found in pair.by_name().items()
        )

    def figure(self, variant: str, metric: MetricName, phase: Phase | None = None) -> MetricFigure:
        """One of the figures; without a phase, that of the last phase that was played."""
        known = [one for one in self.figures if one.variant == variant and one.metric == metric]
        found = [one for one in known if phase in (None, one.phase)]
        if not found:
            names = ", ".join(self.summary.variants)
            raise RunError(
                f"there is no {metric!r} of {variant!r}{f' in {phase!r}' if phase else ''}: "
                f"the run compared {names} by {', '.join(METRICS)}"
            )
        return found[-1]

    def episodes(self) -> list[PlayedEpisode]:
        """Every episode, read from the folder."""
        played = read_episodes(self.folder, read_run(self.folder))
        return [
            PlayedEpisode(
                *(one.variant, one.seed, one.phase, one.number, one.user),
                *(one.rounds, one.r_traj, one.end, one.error),
            )
            for one in played
        ]

    def to_pandas(self, table: Table = "figures") -> "DataFrame":
        """A table as a data frame, one row for each figure, difference or episode."""
        try:
            import pandas as pd
        except ImportError as error:
            raise MissingExtraError("data frames of pandas", "pandas") from error
        rows = self.episodes() if table == "episodes" else getattr(self, table)
        return pd.DataFrame([asdict(row) for row in rows])

    def report(self, episodes: Sequence[Episode] | None = None) -> Path:
        """Makes the page of the run and returns its path."""
        from experiments.report import write_report

        return write_report(self.folder, episodes)

    def __repr__(self) -> str:
        lines = [f"{one.variant}, {one.phase}: {one.metric} {_told(one)}" for one in self.figures]
        return "\n".join([f"RunResult in {self.folder}", *lines])

    def _repr_html_(self) -> str:
        """The figures as a table, for notebooks."""
        heads = ("variant", "phase", "episodes", *METRICS.values())
        body = ""
        for name, variant in self.summary.variants.items():
            for phase, figures in variant.phases.items():
                metrics = map(str, figures.by_name().values())
                cells = (name, phase, str(figures.episodes), *metrics)
                body += f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
        head = "".join(f"<th>{escape(name)}</th>" for name in heads)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def _figures(self) -> Iterator[MetricFigure]:
        for name, variant in self.summary.variants.items():
            for phase in PHASES:
                if figures := variant.phases.get(phase):
                    for metric, found in figures.by_name().items():
                        counts = (figures.episodes, figures.users)
                        yield MetricFigure(name, phase, metric, *_ends(found), *counts)


def open_run(folder: str | Path) -> RunResult:
    """The result of a run that was played before, by a call or by a command."""
    return RunResult(Path(folder), read_summary(Path(folder)))


def _ends(found: Estimate) -> tuple[float | None, float | None, float | None]:
    return found.mean, found.low, found.high


def _told(one: MetricFigure) -> str:
    return str(Estimate(one.mean, one.low, one.high))
