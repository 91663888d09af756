"""Episodes reduced to what figures and lists are made from; each record is parsed once for it."""

import json
from collections.abc import Callable, Sequence
from hashlib import blake2b
from pathlib import Path
from sys import intern
from typing import NamedTuple

import numpy as np

from experiments.errors import RunError
from experiments.runs.cell import cell_of
from experiments.runs.files import read_lines, refuse
from experiments.runs.presets import Phase
from experiments.runs.records import RECORD, Record
from experiments.runs.run_file import RunFile
from experiments.statistics.figures import RoleUsage
from models import Role
from nodes import Usage
from simulator import QuitCause
from stores import MEMORIES, MemoryName

FAILED, STAYED = "failed", "stayed"
NO_USAGE = RoleUsage(0, 0, 0, 0)


class Episode(NamedTuple):
    """An episode in brief, and where its record is.

    `hits` holds two numbers for each memory; `words` are equal where Planner and Actor read and
    said the same, but for experiences.
    """

    variant: str
    seed: int
    phase: Phase
    number: int
    batch: int
    user: int
    cause: QuitCause | None
    error: str
    rounds: int
    total: float
    total_without_last: float
    items: tuple[str, ...]
    found: tuple[str, ...]
    hits: tuple[float, ...]
    words: bytes
    usage: tuple[tuple[Role, RoleUsage], ...]
    path: Path
    offset: int

    @property
    def place(self) -> tuple[Phase, str, int, int]:
        """Which of the run's episodes it is."""
        return self.phase, self.variant, self.seed, self.number

    @property
    def r_traj(self) -> float:
        """The sum of its ratings as lists show it."""
        return round(self.total, 3)

    @property
    def end(self) -> str:
        """Why it ended."""
        return FAILED if self.error else self.cause or STAYED


def read_episodes(
    folder: Path, run: RunFile, on_damage: Callable[[RunError], None] = refuse
) -> list[Episode]:
    """All episodes of a run; of one that was played again, the last record counts."""
    found = dict[tuple[Phase, str, int, int], Episode]()
    for variant in run.settings.variants:
        for seed in run.settings.seeds:
            cell = cell_of(folder, variant.folder, seed)
            for offset, record in read_lines(cell.episodes, RECORD, on_damage):
                episode = reduced(record, variant.name, seed, cell.episodes, offset)
                found[episode.place] = episode
    return list(found.values())


def reduced(record: Record, variant: str, seed: int, path: Path, offset: int = 0) -> Episode:
    """The brief form of a record."""
    ratings, cause = [step["reward"] for step in record["steps"]], record["cause"]
    return Episode(
        variant=variant,
        seed=seed,
        phase=record["phase"],
        number=record["number"],
        batch=record["batch"],
        user=record["user"],
        cause=cause,
        error=intern(record["error"]["type"]) if record["error"] else "",
        rounds=len(ratings),
        total=sum(ratings),
        total_without_last=sum(ratings[:-1] if cause else ratings),
        items=tuple(intern(step["item"]) for step in record["steps"]),
        found=tuple(intern(step["found"]) for step in record["steps"]),
        hits=tuple(_hits(record)),
        words=_words(record),
        usage=tuple(_usage(record["usage"]).items()),
        path=path,
        offset=offset,
    )


def _words(record: Record) -> bytes:
    """A digest of what prompts are made from besides experiences."""
    principles = [principle["text"] for principle in record["principles"]]
    steps = [{**step, "evidence": None} for step in record["steps"]]
    text = json.dumps([record["history"], steps, principles], sort_keys=True)
    return blake2b(text.encode(), digest_size=8).digest()


def _usage(turns: Sequence[Usage]) -> dict[Role, RoleUsage]:
    used = dict[Role, RoleUsage]()
    for turn in turns:
        more = RoleUsage(turn["calls"], turn["input"], turn["output"], turn["cached"])
        used[turn["role"]] = used.get(turn["role"], NO_USAGE) + more
    return used


def _hits(record: Record) -> list[float]:
    """For each memory the rounds in which it found something, and the nearest distances' sum.

    Evidence is of all experiences, so no distance is added.
    """
    nearest: dict[MemoryName, dict[int, float]] = {memory: {} for memory in MEMORIES}
    told = [step["round"] for step in record["steps"] if step.get("evidence")]
    nearest["experiences"] = dict.fromkeys(told, 0.0)
    for recall in record["recalls"]:
        rounds, at = nearest[recall["memory"]], recall["round"]
        rounds[at] = min(recall["distance"], rounds.get(at, np.inf))
    return [number for found in nearest.values() for number in (len(found), sum(found.values()))]
