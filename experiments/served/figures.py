"""The figures of a run by phase and arm: those of its summary, or of what was played so far."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from experiments.errors import RunError
from experiments.runs.presets import PHASES, Phase
from experiments.runs.run_file import RunFile
from experiments.served.episodes import read_for_page
from experiments.statistics.ablations import unchanged_notes
from experiments.statistics.figures import PhaseFigures, RunSummary
from experiments.statistics.intervals import Estimate
from experiments.statistics.summary import SUMMARY, read_summary, summarise_run
from simulator import plain

LARGEST_SUMMARY = 1 << 26  # bytes
SHOWN, LONGEST = 200, 1000  # characters of a name and of a note


@dataclass(frozen=True, kw_only=True)
class ArmFigures:
    """An arm's figures of a phase."""

    arm: str
    len: Estimate
    r_each: Estimate
    r_traj: Estimate
    episodes: int
    users: int
    errors: int
    ends: Mapping[str, int]
    money: float | None


@dataclass(frozen=True)
class PhaseTable:
    """The arms that played a phase."""

    phase: Phase
    arms: Sequence[ArmFigures]


@dataclass(frozen=True)
class RunFigures:
    """All figures; `source` tells whether the run's summary gave them, or its records so far."""

    source: Literal["summary", "records"]
    phases: Sequence[PhaseTable]
    notes: Sequence[str]


def figures_of(folder: Path, run: RunFile, *, playing: bool) -> RunFigures:
    """The figures; while a run is played, its summary is that of the sitting before."""
    path = folder / SUMMARY
    if path.is_file() and not playing:
        if path.stat().st_size > LARGEST_SUMMARY:
            raise RunError(f"{SUMMARY} has more than {LARGEST_SUMMARY:,} bytes: no run wrote it")
        return RunFigures("summary", *_tables(read_summary(folder)))
    episodes, damaged = read_for_page(folder, run)
    phases, notes = _tables(summarise_run(run, episodes))
    if damaged:
        notes.append(f"{damaged} lines of its records cannot be read and are left out.")
    return RunFigures("records", phases, notes)


def _tables(summary: RunSummary) -> tuple[list[PhaseTable], list[str]]:
    phases = [PhaseTable(phase, list(_arms(summary, phase))) for phase in PHASES]
    notes = [plain(note, LONGEST) for phase in PHASES for note in unchanged_notes(summary, phase)]
    return [one for one in phases if one.arms], notes


def _arms(summary: RunSummary, phase: Phase) -> Iterator[ArmFigures]:
    for name, found in summary.variants.items():
        if phase in found.phases:
            yield _arm(name, found.phases[phase])


def _arm(name: str, figures: PhaseFigures) -> ArmFigures:
    return ArmFigures(
        arm=plain(name, SHOWN),
        **figures.by_name(),
        episodes=figures.episodes,
        users=figures.users,
        errors=figures.errors,
        ends=figures.ends,
        money=figures.money,
    )
