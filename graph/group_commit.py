"""Group commit for SQLite: all writes that are ready share one transaction."""

import asyncio
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Statement = tuple[str, Sequence[tuple[Any, ...]]]  # SQL, and the rows to execute it with
Synchronous = Literal["NORMAL", "FULL"]


@dataclass(frozen=True)
class PendingWrite:
    """Statements to be written together or not at all, and the future of their caller."""

    statements: tuple[Statement, ...]
    done: asyncio.Future[None]


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
        pending = PendingWrite(statements, asyncio.get_running_loop().create_future())
        self._queue.append(pending)
        if self._flushing is None:
            self._flushing = asyncio.create_task(self._flush())
        await pending.done

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
            for pending in group:
                pending.done.cancel()
            raise
        for pending, error in zip(group, errors, strict=True):
            if pending.done.cancelled():
                continue
            if error:
                pending.done.set_exception(error)
            else:
                pending.done.set_result(None)

    def _write_group(self, group: list[PendingWrite]) -> list[Exception | None]:
        """The error of each write; if the group fails, its writes are tried one by one."""
        if not self._write([each for pending in group for each in pending.statements]):
            return [None] * len(group)
        return [self._write(pending.statements) for pending in group]

    def _write(self, statements: Sequence[Statement]) -> Exception | None:
        try:
            if self._connection is None:
                self._connection = sqlite3.connect(self._path)
                self._connection.execute(f"PRAGMA synchronous={self._synchronous}")
            with self._connection:
                for sql, rows in statements:
                    self._connection.executemany(sql, rows)
        except Exception as error:  # noqa: BLE001  # raised by the caller's `write`
            return error
        return None

    def _disconnect(self) -> None:
        if self._connection:
            self._connection.close()
