"""CPU time of a step outside the chat model, on one core: every text new, and every text known."""

import asyncio
import os
import statistics
import time

from benchmarks.figures import Figure, report
from benchmarks.stage.meter import Meter
from benchmarks.stage.world import patient_load
from graph.episode import build_graph
from models import OfflineChatModel
from nodes import Context

ROUNDS, TAUGHT, EPISODES = 30, 20, 7
MODEL = Meter()  # the offline model's own time


async def measure() -> list[Figure]:
    """Fills the memories, then plays the same users twice without learning."""
    graph = build_graph(patient_load())
    teach = Context(memory="ephemeral", max_rounds=ROUNDS)
    for user in range(TAUGHT):
        await graph.ainvoke({"user": user}, context=teach)
    frozen = Context(memory="ephemeral", max_rounds=ROUNDS, learn=False)

    async def cpu_of_a_step(user: int) -> float:
        MODEL.spent = 0.0
        began = time.process_time()
        state = await graph.ainvoke({"user": user}, context=frozen)
        return (time.process_time() - began - MODEL.spent) / len(state["steps"]) * 1000

    users = range(TAUGHT, TAUGHT + EPISODES)
    fresh = [await cpu_of_a_step(user) for user in users]
    known = [await cpu_of_a_step(user) for user in users]
    return [
        Figure("CPU of a step, all texts embedded anew", statistics.median(fresh), "ms", 30.0),
        Figure("CPU of a step, embeddings cached", statistics.median(known), "ms", 8.0),
    ]


def main() -> None:
    """Measures on one core where the system lets a process choose."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    OfflineChatModel._generate = MODEL.watched(OfflineChatModel._generate)  # type: ignore[method-assign]
    report(asyncio.run(measure()))


if __name__ == "__main__":
    main()
