"""Whether a process that plays session after session grows: 200 sessions of 100 rounds.

The memories' folder holds few rows and the cache of vectors few texts, so that both are full before
measuring begins; sessions learn, have checkpoints on disk that are deleted at their end, and meet
other users each time.

    python -m benchmarks.lasting.growth [SESSIONS ROUNDS]
"""

import asyncio
import gc
import os
import sys
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import graph.load
from benchmarks.figures import Figure, report
from benchmarks.stage.world import PATIENT
from graph.checkpoints import GroupCommitSaver
from graph.episode import build_graph
from graph.load import load_parts
from nodes import Context, Parts
from stores import MemoryFolder, SentenceEmbedder

SESSIONS, ROUNDS, CAPACITY, CACHED_TEXTS = 200, 100, 1_000, 2_000
WARM = 0.25  # the share of sessions before measuring begins
PAGE = os.sysconf("SC_PAGE_SIZE")


def resident_megabytes() -> float:
    """The memory of this process that lies in RAM."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE / 1e6


async def sizes(sessions: int, rounds: int, folder: Path) -> list[float]:
    """After each session, the memory of this process."""
    base = load_parts(Context(memory="ephemeral"))
    memories = MemoryFolder(folder / "memory", base.embedder, capacity=CAPACITY)

    def load(context: Context) -> Parts:
        return replace(load_parts(context), rule=PATIENT, memories=memories)

    found = []
    async with GroupCommitSaver.open(folder / "growth.sqlite", "NORMAL") as saver:
        episode = build_graph(load, saver)
        for number in range(sessions):
            config: Any = {"configurable": {"thread_id": str(number)}}
            user = number % base.world.users
            context = Context(memory="ephemeral", max_rounds=rounds)
            await episode.ainvoke({"user": user}, config, context=context)
            await saver.adelete_thread(str(number))
            gc.collect()
            found.append(resident_megabytes())
            print(f"{number + 1} {found[-1]:.1f}", file=sys.stderr)
    memories.close()
    return found


def growth(sizes: list[float]) -> float:
    """By how many percent the largest size after the warm sessions exceeds the first of these."""
    measured = sizes[int(len(sizes) * WARM) :]
    return 100 * (max(measured) / measured[0] - 1)


def main() -> None:
    """Plays in a folder that is removed."""
    sessions, rounds = map(int, sys.argv[1:3] or (SESSIONS, ROUNDS))
    small = cache(lambda: SentenceEmbedder(cached_texts=CACHED_TEXTS))
    graph.load.default_embedder = small  # type: ignore[attr-defined]
    with tempfile.TemporaryDirectory() as folder:
        own = asyncio.run(sizes(sessions, rounds, Path(folder)))
    told = f"after the first quarter of {sessions} sessions of {rounds} rounds"
    report(
        [
            Figure(f"growth {told}", growth(own), "%", 5.0),
            Figure("memory of the process at their end", own[-1], "MB"),
        ]
    )


if __name__ == "__main__":
    main()
