"""Checkpoints in a SQLite file; what several episodes have to keep at once is kept together.

LangGraph's own saver goes to SQLite's thread and back three or four times a write, one write after
another. In a busy process each of these ways waits for the interpreter, so that sixteen episodes
held each other up. Here all writes that are ready go there once, in one transaction.
"""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

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

Statement = tuple[str, Sequence[tuple[Any, ...]]]  # SQL, and the rows that it is executed with
Synchronous = Literal["NORMAL", "FULL"]

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


class Checkpoints(AsyncSqliteSaver):
    """LangGraph's saver, whose writes wait for each other only as long as one transaction takes."""

    def __init__(self, reader: aiosqlite.Connection, writer: "Writer") -> None:
        super().__init__(reader)
        self._writer = writer

    @classmethod
    @asynccontextmanager
    async def opened(cls, path: Path, synchronous: Synchronous = "FULL") -> AsyncIterator[Self]:
        """The saver on this file. With NORMAL a kill loses nothing, a power cut the last writes."""
        async with aiosqlite.connect(path) as reader:
            await AsyncSqliteSaver(reader).setup()
            writer = Writer(path, synchronous)
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
        """Keeps a checkpoint."""
        thread, space, parent = _place(config)
        told = json.dumps(get_checkpoint_metadata(config, metadata), ensure_ascii=False)
        row = (
            *(thread, space, checkpoint["id"], parent),
            *self.serde.dumps_typed(checkpoint),
            told.encode("utf-8", "ignore"),
        )
        await self._writer.write((PUT, [row]))
        place = {"thread_id": thread, "checkpoint_ns": space, "checkpoint_id": checkpoint["id"]}
        return {"configurable": place}

    async def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Keeps what a node wrote until its superstep has a checkpoint."""
        special = all(channel in WRITES_IDX_MAP for channel, _ in writes)
        rows = [
            (
                *_place(config),
                *(task_id, task_path, WRITES_IDX_MAP.get(channel, index), channel),
                *self.serde.dumps_typed(value),
            )
            for index, (channel, value) in enumerate(writes)
        ]
        await self._writer.write((PUT_WRITES.format("REPLACE" if special else "IGNORE"), rows))

    async def adelete_thread(self, thread_id: str) -> None:
        """Deletes all that was kept of a thread."""
        of_thread = [(str(thread_id),)]
        await self._writer.write(
            *((f"DELETE FROM {table} WHERE thread_id = ?", of_thread) for table in TABLES)
        )

    async def adelete_for_runs(self, run_ids: Iterable[str]) -> None:
        """Takes back what cancelled runs of the server wrote."""
        runs = [(run,) for run in run_ids]
        theirs = f"SELECT {KEY} FROM checkpoints WHERE {OF_RUN}"
        await self._writer.write(
            (f"DELETE FROM writes WHERE ({KEY}) IN ({theirs})", runs),
            (f"DELETE FROM checkpoints WHERE {OF_RUN}", runs),
        )


@dataclass(frozen=True)
class Waiting:
    """Statements that belong together, and who waits for them."""

    statements: tuple[Statement, ...]
    done: asyncio.Future[None]


class Writer:
    """A thread that writes to the file all that gathered while it wrote before."""

    def __init__(self, path: Path, synchronous: Synchronous) -> None:
        self._path = path
        self._synchronous = synchronous
        self._thread = ThreadPoolExecutor(1, "checkpoints")
        self._connection: sqlite3.Connection | None = None
        self._waiting: list[Waiting] = []
        self._work: asyncio.Task[None] | None = None

    async def write(self, *statements: Statement) -> None:
        """Returns once the statements are in the file, all or none of them."""
        waiting = Waiting(statements, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._work is None:
            self._work = asyncio.create_task(self._empty())
        await waiting.done

    async def close(self) -> None:
        """Writes what still waits."""
        if self._work:
            await self._work
        await asyncio.get_running_loop().run_in_executor(self._thread, self._disconnect)
        self._thread.shutdown()

    async def _empty(self) -> None:
        try:
            while self._waiting:
                group, self._waiting = self._waiting, []
                await self._keep(group)
        finally:
            self._work = None

    async def _keep(self, group: list[Waiting]) -> None:
        loop = asyncio.get_running_loop()
        try:
            wrong = await loop.run_in_executor(self._thread, self._write_all, group)
        except BaseException:  # the loop or the thread ends
            for waiting in group:
                waiting.done.cancel()
            raise
        for waiting, error in zip(group, wrong, strict=True):
            if waiting.done.cancelled():
                continue
            if error:
                waiting.done.set_exception(error)
            else:
                waiting.done.set_result(None)

    def _write_all(self, group: list[Waiting]) -> list[Exception | None]:
        """What went wrong with each; one that cannot be written leaves the others alone."""
        if not self._write([each for waiting in group for each in waiting.statements]):
            return [None] * len(group)
        return [self._write(waiting.statements) for waiting in group]

    def _write(self, statements: Sequence[Statement]) -> Exception | None:
        try:
            if self._connection is None:
                self._connection = sqlite3.connect(self._path)
                self._connection.execute(f"PRAGMA synchronous={self._synchronous}")
            with self._connection:
                for sql, rows in statements:
                    self._connection.executemany(sql, rows)
        except Exception as error:  # noqa: BLE001  # whoever waits for it is told
            return error
        return None

    def _disconnect(self) -> None:
        if self._connection:
            self._connection.close()


def _place(config: RunnableConfig) -> tuple[str, str, str | None]:
    """Thread, namespace and checkpoint that a config names."""
    place = config["configurable"]
    return str(place["thread_id"]), str(place["checkpoint_ns"]), place.get("checkpoint_id")
