"""Two runs compared: which settings differ, and how the arms that both played differ.

Sessions are paired where seed, user and number are the same, as those of the arms of one run are.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from experiments.runs.differences import setting_differences
from experiments.runs.presets import PHASES, Phase
from experiments.runs.run_file import RunFile, read_run
from experiments.served.episodes import read_for_page
from experiments.statistics.intervals import Estimate
from experiments.statistics.metrics import metric_differences
from experiments.statistics.session_table import SessionTable, shared_sessions
from experiments.statistics.summary import phase_tables
from simulator import plain

SHOWN = 200  # characters of a name or a setting
OTHER_WORLDS = (
    "They were played in different worlds, whose users are not the same: nothing is paired."
)
NO_ARM = "No arm was played by both in the same phase."

Tables = Mapping[str, Mapping[Phase, SessionTable]]


@dataclass(frozen=True, kw_only=True)
class PairedArms:
    """An arm of the first run minus the same arm of the second; None without shared sessions."""

    arm: str
    phase: Phase
    pairs: int
    users: int
    len: Estimate | None
    r_each: Estimate | None
    r_traj: Estimate | None


@dataclass(frozen=True)
class Comparison:
    """The settings that differ, first -> second, and the differences; `note` says why of none."""

    settings: Sequence[str]
    pairs: Sequence[PairedArms]
    note: str = ""


def compare(first: Path, second: Path) -> Comparison:
    """Compares what both have played so far."""
    one, other = read_run(first), read_run(second)
    settings = [plain(line, SHOWN) for line in setting_differences(one, other)]
    if one.world.digest != other.world.digest:
        return Comparison(settings, (), OTHER_WORLDS)
    pairs = list(_pairs(_tables(first, one), _tables(second, other)))
    return Comparison(settings, pairs, "" if pairs else NO_ARM)


def _tables(folder: Path, run: RunFile) -> Tables:
    return phase_tables(run, read_for_page(folder, run)[0])


def _pairs(first: Tables, second: Tables) -> Iterator[PairedArms]:
    for phase in PHASES:
        for arm in (arm for arm in first if arm in second):
            if phase in first[arm] and phase in second[arm]:
                yield _paired(arm, phase, first[arm][phase], second[arm][phase])


def _paired(arm: str, phase: Phase, first: SessionTable, second: SessionTable) -> PairedArms:
    name, shared = plain(arm, SHOWN), shared_sessions(first, second)
    if shared is None:
        nothing = dict.fromkeys(("len", "r_each", "r_traj"))
        return PairedArms(arm=name, phase=phase, pairs=0, users=0, **nothing)
    sessions = first.sessions(shared[0])
    found = metric_differences(sessions, second.sessions(shared[1]))
    users = len(np.unique(sessions.users))
    return PairedArms(arm=name, phase=phase, pairs=len(shared[0]), users=users, **vars(found))
