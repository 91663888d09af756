"""Sessions leave nothing behind in their process; `benchmarks growth` has the full size."""

import gc
import tracemalloc
from pathlib import Path
from typing import Any

from graph.checkpoints import GroupCommitSaver
from graph.episode import build_graph
from nodes import Context
from tests.graph.conftest import Stage

WARM, SESSIONS, ROUNDS = 3, 6, 4
BYTES_A_SESSION = 6_000  # the state of such a session takes more


async def test_a_session_that_has_ended_leaves_nothing_in_memory(
    patient: Stage, tmp_path: Path
) -> None:
    context = Context(memory="ephemeral", max_rounds=ROUNDS, learn=False)

    async def play(numbers: range) -> None:
        for number in numbers:
            config: Any = {"configurable": {"thread_id": str(number)}}
            await graph.ainvoke({"user": number % WARM}, config, context=context)
            await saver.adelete_thread(str(number))
            patient.asked.clear()
        gc.collect()

    async with GroupCommitSaver.open(tmp_path / "kept.sqlite") as saver:
        graph = build_graph(patient.load, saver)
        await play(range(WARM))
        tracemalloc.start()
        try:
            await play(range(WARM, 2 * WARM))
            before = tracemalloc.get_traced_memory()[0]
            await play(range(2 * WARM, 2 * WARM + SESSIONS))
            grown = tracemalloc.get_traced_memory()[0] - before
        finally:
            tracemalloc.stop()
    assert grown / SESSIONS < BYTES_A_SESSION
