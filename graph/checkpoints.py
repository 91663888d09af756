"""LangGraph's SQLite checkpoint saver with group commit: writes share transactions.

LangGraph's own saver makes three or four round trips to SQLite's thread for each write, one write
after another. With sixteen episodes in one process each round trip waits for the interpreter.
"""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Literal, Self

import aiosqlite
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    WRITES_IDX_MAP,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    DeltaChannelHistory,
    get_checkpoint_id,
    get_checkpoint_metadata,
)
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

import durable
from graph.damage import CheckedSerializer, DamagedCheckpointsError, damage_explained, is_damage

Statement = tuple[str, Sequence[tuple[Any, ...]]]  # SQL, and the rows to execute it with
PendingWrite = tuple[tuple[Statement, ...], asyncio.Future[None]]  # all or none; who waits for it
Synchronous = Literal["NORMAL", "FULL"]

TABLES = ("writes", "checkpoints")
KEY = "thread_id, checkpoint_ns, checkpoint_id"
OF_RUN = "json_extract(CAST(metadata AS TEXT), '$.run_id') = ?"
PUT = (
    "INSERT OR REPLACE INTO checkpoints "
    f"({KEY}, parent_checkpoint_id, type, checkpoint, metadata) VALUES (?, ?, ?, ?, ?, ?, ?)"
)
LATEST = (  # in the order of writing: ids begin with the time, and clocks are set back
    "SELECT checkpoint_id FROM checkpoints WHERE thread_id = ? AND checkpoint_ns = ? "
    "ORDER BY rowid DESC LIMIT 1"
)
PUT_WRITES = (
    "INSERT OR {} INTO writes "
    f"({KEY}, task_id, task_path, idx, channel, type, value) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


class GroupCommitWriter:
    """One writer thread; what is queued during a transaction goes into the next one."""

    def __init__(self, path: Path, synchronous: Synchronous) -> None:
        self._path = path
        self._synchronous = synchronous
        self._thread = ThreadPoolExecutor(1, "checkpoints")
        self._connection: sqlite3.Connection | None = None
        self._queue: list[PendingWrite] = []
        self._flushing: asyncio.Task[None] | None = None

    async def write(self, *statements: Statement) -> None:
        """Returns once all the statements are committed; raises if none of them are."""
        done = asyncio.get_running_loop().create_future()
        self._queue.append((statements, done))
        if self._flushing is None:
            self._flushing = asyncio.create_task(self._flush())
        await done

    async def close(self) -> None:
        """Commits what is queued, then closes the connection."""
        if self._flushing:
            await self._flushing
        await asyncio.get_running_loop().run_in_executor(self._thread, self._disconnect)
        self._thread.shutdown()

    async def _flush(self) -> None:
        try:
            while self._queue:
                group, self._queue = self._queue, []
                await self._commit(group)
        finally:
            self._flushing = None

    async def _commit(self, group: list[PendingWrite]) -> None:
        loop = asyncio.get_running_loop()
        try:
            errors = await loop.run_in_executor(self._thread, self._write_group, group)
        except BaseException:  # the loop or the thread is ending
            for _, done in group:
                done.cancel()
            raise
        for (_, done), error in zip(group, errors, strict=True):
            if error and not done.cancelled():
                done.set_exception(error)
            elif not done.cancelled():
                done.set_result(None)

    def _write_group(self, group: list[PendingWrite]) -> list[Exception | None]:
        """The error of each write; if the group fails, its writes are tried one by one."""
        if not self._write([each for statements, _ in group for each in statements]):
            return [None] * len(group)
        return [self._write(statements) for statements, _ in group]

    def _write(self, statements: Sequence[Statement]) -> Exception | None:
        try:
            if self._connection is None:
                self._connection = sqlite3.connect(self._path)
                self._connection.execute(f"PRAGMA synchronous={self._synchronous}")
            with self._connection:
                for sql, rows in statements:
                    self._connection.executemany(sql, rows)
        except sqlite3.Error as error:
            return DamagedCheckpointsError(self._path, error) if is_damage(error) else error
        except Exception as error:  # noqa: BLE001  # raised by the caller's `write`
            return error
        return None

    def _disconnect(self) -> None:
        if self._connection:
            self._connection.close()


class GroupCommitSaver(AsyncSqliteSaver):
    """Reads as LangGraph's saver does; concurrent writes share transactions."""

    def __init__(self, path: Path, reader: aiosqlite.Connection, writer: GroupCommitWriter) -> None:
        super().__init__(reader, serde=CheckedSerializer(partial(DamagedCheckpointsError, path)))
        self._path = path
        self._writer = writer

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path, synchronous: Synchronous = "FULL") -> AsyncIterator[Self]:
        """The saver on this file; with NORMAL a power cut, but no kill, loses the last writes."""
        await asyncio.to_thread(durable.make_private, path)
        async with aiosqlite.connect(path) as reader:
            with damage_explained(path):
                await AsyncSqliteSaver(reader).setup()
            writer = GroupCommitWriter(path, synchronous)
            try:
                yield cls(path, reader, writer)
            finally:
                await writer.close()

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The checkpoint that a config names, or the one that was written last."""
        with damage_explained(self._path):
            if not get_checkpoint_id(config):
                thread, namespace, _ = _key(config)
                latest = await self._latest(thread, namespace)
                if latest is None:
                    return None
                key = {"thread_id": thread, "checkpoint_ns": namespace, "checkpoint_id": latest}
                config = {"configurable": key}
            return await super().aget_tuple(config)

    async def aget_delta_channel_history(
        self, *, config: RunnableConfig, channels: Sequence[str]
    ) -> Mapping[str, DeltaChannelHistory]:
        """What was written to channels that checkpoints hold in parts."""
        with damage_explained(self._path):
            return await super().aget_delta_channel_history(config=config, channels=channels)

    async def _latest(self, thread: str, namespace: str) -> str | None:
        await self.setup()
        async with self.lock, self.conn.cursor() as cursor:
            await cursor.execute(LATEST, (thread, namespace))
            row = await cursor.fetchone()
        return None if row is None else str(row[0])

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
    return str(key["thread_id"]), str(key.get("checkpoint_ns", "")), key.get("checkpoint_id")
