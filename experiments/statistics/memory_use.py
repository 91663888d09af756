"""Retrievals from the memories of a variant, and how the memories grew."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from experiments.runs.records import BatchRecord
from experiments.runs.variants import Variant
from experiments.statistics.episodes import Episode
from experiments.statistics.figures import GrowthPoint, MemoryUse
from nodes import Context
from stores import MEMORIES, MemoryName


def memory_use(sessions: Sequence[Episode], variant: Variant) -> dict[MemoryName, MemoryUse] | None:
    """How each memory that the variant's arm retrieves from was used; None if there is none."""
    retrievals = _retrievals(sessions, variant)
    return {name: _use(sessions, name, count) for name, count in retrievals.items()} or None


def _retrievals(sessions: Sequence[Episode], variant: Variant) -> dict[MemoryName, int]:
    """How often the nodes of the variant's arm retrieve from each memory."""
    arm, rounds = variant.arm, sum(one.rounds for one in sessions)
    if arm is None:
        return {}
    lasted = sum(one.cause is None for one in sessions)
    counts: dict[MemoryName, int] = {}
    if arm.reflects and variant.changes.get("reflections", Context.reflections) > 0:
        counts["reflections"] = len(sessions)  # once, before the first round
    if arm.criticises:
        counts["experiences"] = rounds
        counts["values"] = rounds + lasted  # the initial state too, but not one that was left
    return counts


def _use(sessions: Sequence[Episode], memory: MemoryName, retrievals: int) -> MemoryUse:
    at = 2 * MEMORIES.index(memory)
    hits, distance = (sum(one.hits[place] for one in sessions) for place in (at, at + 1))
    return MemoryUse(
        retrievals, hits / retrievals if retrievals else None, distance / hits if hits else None
    )


def growth(seeds: Iterable[Iterable[BatchRecord]]) -> list[GrowthPoint]:
    """Mean rows of each memory after each batch of training, over the seeds that came so far."""
    sizes = defaultdict[int, list[Mapping[str, int]]](list)
    for batches in seeds:
        last = {b["batch"]: b["rows"] for b in batches if b["phase"] == "train" and b["rows"]}
        for batch, rows in last.items():
            sizes[batch].append(rows)
    return [
        GrowthPoint(batch, *(sum(r.get(name, 0) for r in rows) / len(rows) for name in MEMORIES))
        for batch, rows in sorted(sizes.items())
    ]
