"""How often the memories of a variant were asked, and what they had."""

from collections.abc import Mapping
from typing import Any

from experiments.statistics.tally import STAYED, Rows, Tally
from graph.arms import ARMS
from nodes import Context
from stores import MEMORIES, MemoryName


def memory_use(
    tally: Tally, variant: Mapping[str, Any]
) -> dict[str, dict[str, float | None]] | None:
    """Retrievals, the share that found something, and how near it was; None if there are none."""
    asked = _asked(tally.rows, variant)
    return {memory: _figures(tally.rows, memory, asked[memory]) for memory in asked} or None


def _asked(rows: Rows, variant: Mapping[str, Any]) -> dict[MemoryName, int]:
    """How often the nodes of the variant's arm turn to each memory that they use."""
    if variant["kind"] != "llm":
        return {}
    arm, rounds = ARMS[variant["method"]], int(rows["rounds"].sum())
    stayed = int((rows["cause"] == STAYED).sum())
    asked: dict[MemoryName, int] = {}
    if arm.reflects and variant["changes"].get("reflections", Context.reflections) > 0:
        asked["reflections"] = len(rows)  # once, before the first round
    if arm.criticises:
        asked["experiences"] = rounds
        asked["values"] = rounds + stayed  # also at first, but not of a user who has left
    return asked


def _figures(rows: Rows, memory: MemoryName, asked: int) -> dict[str, float | None]:
    hits = float(rows[f"{memory}_hits"].sum())
    return {
        "asked": asked,
        "hit": hits / asked if asked else None,
        "distance": float(rows[f"{memory}_distance"].sum()) / hits if hits else None,
    }


def growth(sizes: Mapping[int, list[Mapping[str, int]]]) -> list[dict[str, float]]:
    """Mean rows of each memory once a batch was committed, over the seeds that came so far."""
    return [
        {"batch": batch, **{name: _mean(rows, name) for name in MEMORIES}}
        for batch, rows in sorted(sizes.items())
    ]


def _mean(rows: list[Mapping[str, int]], name: str) -> float:
    return sum(sizes.get(name, 0) for sizes in rows) / len(rows)
