"""Wall time of a step in front of a chat server that takes 200 ms, and the calls it waits for."""

import asyncio
import os
import statistics
import time
from typing import Any
from uuid import UUID

from langchain_core.callbacks import AsyncCallbackHandler

from benchmarks.figures import Figure, report
from benchmarks.stage.server import serving
from benchmarks.stage.world import patient_load
from graph.episode import build_graph
from nodes import Context

LATENCY_MS = 200.0
ROUNDS, EPISODES = 40, 3  # all of an episode counts: arriving and the reflection too


class Calls(AsyncCallbackHandler):
    """When each chat call began and ended."""

    def __init__(self) -> None:
        self.began: dict[UUID, float] = {}
        self.spans: list[tuple[float, float]] = []

    async def on_chat_model_start(self, *args: Any, run_id: UUID, **kwargs: Any) -> None:
        """Notes a beginning."""
        self.began[run_id] = time.monotonic()

    async def on_llm_end(self, *args: Any, run_id: UUID, **kwargs: Any) -> None:
        """Notes an end."""
        self.spans.append((self.began[run_id], time.monotonic()))

    def longest_chain(self) -> int:
        """The most calls of which each began after the one before it had ended."""
        count, free = 0, float("-inf")
        for began, ended in sorted(self.spans, key=lambda span: span[1]):
            if began >= free:
                count, free = count + 1, ended
        return count


async def measure(port: int) -> list[Figure]:
    """Plays a few episodes."""
    graph = build_graph(patient_load())
    context = Context(
        model="openai:loopback",
        base_url=f"http://127.0.0.1:{port}/v1",
        memory="ephemeral",
        max_rounds=ROUNDS,
    )
    await graph.ainvoke({"user": 0}, context=context)  # loads everything
    walls, chains = [], []
    for user in range(1, 1 + EPISODES):
        calls = Calls()
        began = time.monotonic()
        await graph.ainvoke({"user": user}, {"callbacks": [calls]}, context=context)
        walls.append((time.monotonic() - began) / ROUNDS)
        chains.append((calls.longest_chain() - 1) / ROUNDS)  # the reflection is no step's
    wall = statistics.median(walls) * 1000
    return [
        Figure("chat calls on the critical path of a step", statistics.median(chains), "", 2.0),
        Figure(f"wall time of a step at 200 ms a call, {ROUNDS} rounds", wall, "ms"),
        Figure("the same, as a share of two calls", wall / (2 * LATENCY_MS), "", 1.15),
    ]


def main() -> None:
    """Starts the server and measures."""
    os.environ["OPENAI_API_KEY"] = "loopback"
    with serving(LATENCY_MS / 1000) as port:
        report(asyncio.run(measure(port)))


if __name__ == "__main__":
    main()
