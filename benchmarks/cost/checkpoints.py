"""How much a checkpointed episode of 100 rounds stores."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, report
from benchmarks.stage.world import patient_load
from graph.episode import build_graph
from nodes import Context


async def stored_megabytes(file: Path) -> float:
    """The size of the SQLite file after an episode with the default durability."""
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

    config: Any = {"configurable": {"thread_id": "one"}}
    async with AsyncSqliteSaver.from_conn_string(str(file)) as saver:
        graph = build_graph(patient_load())
        graph.checkpointer = saver
        await graph.ainvoke({"user": 3}, config, context=Context(memory="ephemeral"))
        await saver.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return (await asyncio.to_thread(file.stat)).st_size / 1e6


def main() -> None:
    """Measures in a folder that is removed."""
    with tempfile.TemporaryDirectory() as folder:
        size = asyncio.run(stored_megabytes(Path(folder) / "episode.sqlite"))
    report([Figure("checkpoints of an episode of 100 rounds", size, "MB", 2.0)])


if __name__ == "__main__":
    main()
