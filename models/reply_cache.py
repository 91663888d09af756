"""A file of replies: SQLite, which several processes may share."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import durable
from models.errors import ModelError

SCHEMA = 1
OPTIONS: Any = {"timeout": 60.0, "isolation_level": None, "check_same_thread": False}
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

T = TypeVar("T")


class ReplyCache:
    """Replies by key; SQLite waits and writes in a thread of its own."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._in_flight: dict[str, Future[None]] = {}
        durable.make_folder(path.parent)
        durable.make_private(path)
        self._file = self._work(partial(sqlite3.connect, path, **OPTIONS))
        self._reader = self._work(partial(sqlite3.connect, path, **{**OPTIONS, "timeout": 0.0}))
        self._worker = ThreadPoolExecutor(1, "replies")
        try:
            self._do(self._prepare).result()
        except ModelError:
            self.close()
            raise

    @asynccontextmanager
    async def exclusive(self, key: str) -> AsyncIterator[None]:
        """Lets one caller at a time ask for a key; the next one enters when it has left."""
        while owner := self._enter(key):
            await _done(owner)
        try:
            yield
        finally:
            with self._lock:
                left = self._in_flight.pop(key)
            left.set_result(None)

    async def find(self, key: str) -> str | None:
        """The reply of this key, if it is stored.

        A look at the file takes microseconds, less than a thread's turn; only where it fails, as
        while another process writes, the thread waits in place of the event loop.
        """
        with suppress(sqlite3.Error), self._lock:
            return _read(self._reader, key)
        return await _done(self._do(partial(_read, self._file), key))

    async def keep(self, key: str, reply: str) -> str:
        """Stores a reply; returns the stored one, which is another process's if that was faster."""
        return await _done(self._do(self._keep, key, reply))

    def damaged(self, why: object) -> ModelError:
        """The error for a file with content that no version wrote."""
        return ModelError(
            f"the reply cache {self._path} is damaged ({why}): delete it, and files of its name "
            "that end in -wal, -shm or -journal; replies are then asked for anew"
        )

    def close(self) -> None:
        """Closes the file."""
        self._worker.shutdown()
        self._reader.close()
        self._file.close()

    def _enter(self, key: str) -> "Future[None] | None":
        """The future of the caller that asks for this key already, or None: it is this one now."""
        with self._lock:
            owner = self._in_flight.get(key)
            if owner is None:
                self._in_flight[key] = Future()
            return owner

    def _do(self, work: Callable[..., T], *arguments: str) -> "Future[T]":
        return self._worker.submit(self._work, work, *arguments)

    def _work(self, work: Callable[..., T], *arguments: str) -> T:
        try:
            return work(*arguments)
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", None) in DAMAGED:
                raise self.damaged(error) from error
            raise ModelError(f"the reply cache {self._path} cannot be used: {error}") from error

    def _prepare(self) -> None:
        self._file.execute("BEGIN IMMEDIATE")
        [schema] = self._file.execute("PRAGMA user_version").fetchone()
        [tables] = self._file.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if schema != SCHEMA and tables:
            raise ModelError(f"{self._path} is not a reply cache of this version: name another")
        self._file.execute("CREATE TABLE IF NOT EXISTS replies (key TEXT PRIMARY KEY, reply TEXT)")
        self._file.execute(f"PRAGMA user_version = {SCHEMA}")
        self._file.execute("COMMIT")

    def _keep(self, key: str, reply: str) -> str:
        stored = self._file.execute("INSERT OR IGNORE INTO replies VALUES (?, ?)", [key, reply])
        return reply if stored.rowcount else _read(self._file, key) or reply


def _read(file: sqlite3.Connection, key: str) -> str | None:
    row = file.execute("SELECT reply FROM replies WHERE key = ?", [key]).fetchone()
    return row[0] if row else None


async def _done(future: "Future[T]") -> T:
    """Waits; a caller that is cancelled meanwhile cancels nothing for the others."""
    return await asyncio.shield(asyncio.wrap_future(future))
