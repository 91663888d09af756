"""LangGraph's SQLite checkpoint saver with group commit.

LangGraph's own saver makes three or four round trips to SQLite's thread for each write, one write
after another. With sixteen episodes in one process each round trip waits for the interpreter.
"""

import json
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import aiosqlite
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    WRITES_IDX_MAP,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    get_checkpoint_metadata,
)
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from graph.group_commit import GroupCommitWriter, Synchronous

TABLES = ("writes", "checkpoints")
KEY = "thread_id, checkpoint_ns, checkpoint_id"
OF_RUN = "json_extract(CAST(metadata AS TEXT), '$.run_id') = ?"
PUT = (
    "INSERT OR REPLACE INTO checkpoints "
    f"({KEY}, parent_checkpoint_id, type, checkpoint, metadata) VALUES (?, ?, ?, ?, ?, ?, ?)"
)
PUT_WRITES = (
    "INSERT OR {} INTO writes "
    f"({KEY}, task_id, task_path, idx, channel, type, value) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


class GroupCommitSaver(AsyncSqliteSaver):
    """Reads as LangGraph's saver does; concurrent writes share transactions."""

    def __init__(self, reader: aiosqlite.Connection, writer: GroupCommitWriter) -> None:
        super().__init__(reader)
        self._writer = writer

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path, synchronous: Synchronous = "FULL") -> AsyncIterator[Self]:
        """The saver on this file; with NORMAL a power cut, but no kill, loses the last writes."""
        async with aiosqlite.connect(path) as reader:
            await AsyncSqliteSaver(reader).setup()
            writer = GroupCommitWriter(path, synchronous)
            try:
                yield cls(reader, writer)
            finally:
                await writer.close()

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Saves a checkpoint."""
        thread, namespace, parent = _key(config)
        text = json.dumps(get_checkpoint_metadata(config, metadata), ensure_ascii=False)
        row = (
            *(thread, namespace, checkpoint["id"], parent),
            *self.serde.dumps_typed(checkpoint),
            text.encode("utf-8", "ignore"),
        )
        await self._writer.write((PUT, [row]))
        key = {"thread_id": thread, "checkpoint_ns": namespace, "checkpoint_id": checkpoint["id"]}
        return {"configurable": key}

    async def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Saves what a node wrote before its superstep has a checkpoint."""
        special = all(channel in WRITES_IDX_MAP for channel, _ in writes)
        rows = [
            (
                *_key(config),
                *(task_id, task_path, WRITES_IDX_MAP.get(channel, index), channel),
                *self.serde.dumps_typed(value),
            )
            for index, (channel, value) in enumerate(writes)
        ]
        await self._writer.write((PUT_WRITES.format("REPLACE" if special else "IGNORE"), rows))

    async def adelete_thread(self, thread_id: str) -> None:
        """Deletes a thread's checkpoints and writes."""
        of_thread = [(str(thread_id),)]
        await self._writer.write(
            *((f"DELETE FROM {table} WHERE thread_id = ?", of_thread) for table in TABLES)
        )

    async def adelete_for_runs(self, run_ids: Iterable[str]) -> None:
        """Deletes the checkpoints and writes of cancelled runs."""
        runs = [(run,) for run in run_ids]
        of_runs = f"SELECT {KEY} FROM checkpoints WHERE {OF_RUN}"
        await self._writer.write(
            (f"DELETE FROM writes WHERE ({KEY}) IN ({of_runs})", runs),
            (f"DELETE FROM checkpoints WHERE {OF_RUN}", runs),
        )


def _key(config: RunnableConfig) -> tuple[str, str, str | None]:
    """Thread, namespace and checkpoint id of a config."""
    key = config["configurable"]
    return str(key["thread_id"]), str(key["checkpoint_ns"]), key.get("checkpoint_id")
