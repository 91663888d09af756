"""Records reduced to what counts: a row for each finished session, and counts over all of them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from sys import intern
from typing import Any, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from experiments.runs.presets import Phase
from experiments.runs.records import Record, rewards
from experiments.statistics.metrics import Sessions
from models import Role
from nodes import Recall, Usage
from simulator import QuitCause
from stores import MEMORIES, MemoryName

CAUSES: tuple[QuitCause, ...] = get_args(QuitCause)
STAYED = len(CAUSES)
ROW = np.dtype(
    [
        *((name, np.int64) for name in ("seed", "number", "user", "batch", "cause")),
        *((name, np.float64) for name in ("rounds", "total", "rounds_kept", "total_kept")),
        ("distinct", np.float64),
        *((f"{memory}_{what}", np.float64) for memory in MEMORIES for what in ("hits", "distance")),
    ]
)

Rows = NDArray[np.void]


class Spent(NamedTuple):
    """What a role asked and was told; cached tokens are among those of the input."""

    calls: int
    input: int
    output: int
    cached: int

    def plus(self, other: "Spent") -> "Spent":
        """Both together."""
        return Spent(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


NOTHING = Spent(0, 0, 0, 0)


@dataclass(eq=False)
class Tally:
    """A phase of a variant; what failed counts as an error and in what it cost, and nowhere else.

    A row holds its session with and without (`kept`) the round that made the user leave.
    """

    rows: Rows = field(default_factory=lambda: np.empty(0, ROW))
    items: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    usage: dict[Role, Spent] = field(default_factory=dict)

    def sessions(self, chosen: NDArray[Any] | slice = slice(None)) -> Sessions:
        """The sessions, or some of them."""
        rows = self.rows[chosen]
        return Sessions(rows["user"], rows["rounds"], rows["total"])

    def spend(self, usage: Iterable[tuple[Role, Spent]]) -> None:
        """Adds to what was used."""
        for role, tokens in usage:
            self.usage[role] = self.usage.get(role, NOTHING).plus(tokens)


class _Episode(NamedTuple):
    """What counts of a record; of one that failed, no row."""

    row: tuple[float, ...] | None
    items: tuple[str, ...]
    found: tuple[str, ...]
    usage: tuple[tuple[Role, Spent], ...]
    error: str


def tallies(seed: int, records: Iterable[Record]) -> dict[Phase, Tally]:
    """The phases of a cell; of several records of one id, the last counts."""
    episodes = {(record["phase"], record["id"]): _episode(seed, record) for record in records}
    phases = defaultdict[Phase, list[_Episode]](list)
    for (phase, _), episode in episodes.items():
        phases[phase].append(episode)
    return {phase: _tally(played) for phase, played in phases.items()}


def joined(parts: Sequence[Tally]) -> Tally:
    """The seeds of a phase together, in an order that does not depend on how they were read."""
    whole = Tally(np.sort(np.concatenate([part.rows for part in parts]), order=ROW.names))
    for part in parts:
        whole.items.update(part.items)
        whole.found.update(part.found)
        whole.errors.update(part.errors)
        whole.spend(part.usage.items())
    return whole


def _tally(episodes: Iterable[_Episode]) -> Tally:
    tally, rows = Tally(), list[tuple[float, ...]]()
    for episode in episodes:
        tally.spend(episode.usage)
        if episode.row is None:
            tally.errors[episode.error] += 1
            continue
        rows.append(episode.row)
        tally.items.update(episode.items)
        tally.found.update(episode.found)
    tally.rows = np.array(rows, ROW)
    return tally


def _episode(seed: int, record: Record) -> _Episode:
    usage = tuple(_tokens(record["usage"]).items())
    if record["error"]:
        return _Episode(None, (), (), usage, record["error"]["type"])
    items = tuple(intern(step["item"]) for step in record["steps"])
    found = tuple(intern(step["found"]) for step in record["steps"])
    ratings, cause = rewards(record), record["cause"]
    kept = ratings[:-1] if cause else ratings
    row = (
        *(seed, record["number"], record["user"], record["batch"]),
        CAUSES.index(cause) if cause else STAYED,
        *(len(ratings), sum(ratings), len(kept), sum(kept)),
        len(set(items)),
        *_nearest(record["recalls"]),
    )
    return _Episode(row, items, found, usage, "")


def _tokens(usage: Sequence[Usage]) -> dict[Role, Spent]:
    sums = dict[Role, list[int]]()
    for turn in usage:
        had = sums.setdefault(turn["role"], [0, 0, 0, 0])
        had[0] += turn["calls"]
        had[1] += turn["input"]
        had[2] += turn["output"]
        had[3] += turn["cached"]
    return {role: Spent(*had) for role, had in sums.items()}


def _nearest(recalls: Sequence[Recall]) -> list[float]:
    """For each memory, how often it had something, and the distances of the nearest added up."""
    nearest: dict[MemoryName, dict[int, float]] = {memory: {} for memory in MEMORIES}
    for recall in recalls:
        rounds, at = nearest[recall["memory"]], recall["round"]
        rounds[at] = min(recall["distance"], rounds.get(at, np.inf))
    return [figure for found in nearest.values() for figure in (len(found), sum(found.values()))]
