"""CPU time of a step outside the chat model, on one core: every text new, and every text known."""

import asyncio
import os
import statistics
import time
from typing import Any

from langchain_core.outputs import ChatResult

from benchmarks.figures import Figure, report
from benchmarks.stage.world import patient_load
from graph.episode import build_graph
from models import OfflineChatModel
from nodes import Context

ROUNDS, TAUGHT, EPISODES = 30, 20, 7


class Meter:
    """The CPU time that the offline model itself has taken."""

    spent = 0.0


def metered(generate: Any) -> Any:
    """The model's own method, its time taken down."""

    def run(self: OfflineChatModel, *args: Any, **kwargs: Any) -> ChatResult:
        began = time.thread_time()
        try:
            result: ChatResult = generate(self, *args, **kwargs)
            return result
        finally:
            Meter.spent += time.thread_time() - began

    return run


async def measure() -> list[Figure]:
    """Fills the memories, then plays the same users twice without learning."""
    graph = build_graph(patient_load())
    teach = Context(memory="ephemeral", max_rounds=ROUNDS)
    for user in range(TAUGHT):
        await graph.ainvoke({"user": user}, context=teach)
    frozen = Context(memory="ephemeral", max_rounds=ROUNDS, learn=False)

    async def cpu_of_a_step(user: int) -> float:
        Meter.spent = 0.0
        began = time.process_time()
        state = await graph.ainvoke({"user": user}, context=frozen)
        return (time.process_time() - began - Meter.spent) / len(state["steps"]) * 1000

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
    OfflineChatModel._generate = metered(OfflineChatModel._generate)  # type: ignore[method-assign]
    report(asyncio.run(measure()))


if __name__ == "__main__":
    main()
