"""Wall time and results of 200 episodes before a server that fails in every way at once."""

import asyncio
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from statistics import median
from typing import Any

from benchmarks.figures import Figure, report
from benchmarks.stage.world import patient_load
from graph.episode import EpisodeGraph
from graph.trainer import build_trainer, play_inline
from graph.training import Assignment, Played
from nodes import Context

KINDS = (
    *("429", "429-bare", "500", "timeout", "drop"),
    *("cut", "html", "no-choices", "error-body", "empty"),
)
EPISODES, BATCH, ROUNDS, AT_ONCE, TIMES = 200, 200, 10, 16, 3
SHARE, LATENCY_MS, TIMEOUT, SILENCE = 0.01, 200.0, 1.0, 5.0
CONTEXT = Context(memory="ephemeral", max_rounds=ROUNDS, learn=False)

Sessions = dict[int, list[Any]]


async def play(context: Context) -> tuple[float, Sessions]:
    """Seconds that the episodes take, and what was shown and felt in each."""
    sessions: Sessions = {}

    async def keep(graph: EpisodeGraph, assignment: Assignment, context: Context) -> Played:
        played = await play_inline(graph, assignment, context)
        steps = played["state"]["steps"] if played["state"] else []
        sessions[assignment["number"]] = [(step["item"], step["reward"]) for step in steps]
        return played

    trainer = build_trainer(patient_load(), keep)
    start: Any = {"episodes": EPISODES, "batch": BATCH, "name": "t", "at": 1}
    began = time.monotonic()
    await trainer.ainvoke(start, {"max_concurrency": AT_ONCE}, context=context)
    return time.monotonic() - began, sessions


@contextmanager
def serving(share: float) -> Iterator[str]:
    """The address of a server that fails so often in each way."""
    numbers = {"--share": share, "--latency-ms": LATENCY_MS, "--silence-s": SILENCE}
    told = ["--kinds", ",".join(KINDS), *(str(word) for pair in numbers.items() for word in pair)]
    command = [sys.executable, "-m", "tests.servers.failing_server", *told]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            yield f"http://127.0.0.1:{int(server.stdout.readline())}/v1"
        finally:
            server.kill()


async def measure() -> list[Figure]:
    """Plays with the offline model, which also fills the caches, then before both servers."""
    _, right = await play(CONTEXT)
    walls, others = defaultdict[float, list[float]](list), 0
    for share in (0.0, SHARE) * TIMES:
        with serving(share) as address:
            context = replace(CONTEXT, model="openai:loopback", base_url=address)
            wall, sessions = await play(context)
        walls[share].append(wall)
        others += sum(sessions[number] != right[number] for number in right)
    without, with_failures = (median(each) for each in walls.values())
    kinds = f"{SHARE:.0%} of each of {len(KINDS)} failures"
    return [
        Figure(f"wall time of {EPISODES} episodes, {AT_ONCE} at once", without, "s"),
        Figure(f"the same with {kinds}, as a share", with_failures / without, "", most=1.3),
        Figure("episodes that ended otherwise for it", others, "", most=0),
    ]


def main() -> None:
    """Gives requests five times the time that they usually take."""
    os.environ["BILLP_TIMEOUT"] = str(TIMEOUT)
    report(asyncio.run(measure()))


if __name__ == "__main__":
    main()
