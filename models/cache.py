"""Replies that were given before, in a SQLite file that several processes may share."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from models.errors import ModelError

SCHEMA = 1
PATIENCE_SECONDS = 60.0
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

T = TypeVar("T")


class ReplyCache:
    """Texts by key: asks for what it does not have, and never twice at the same time.

    Whoever needs what someone else is asking for waits. If that fails or is cancelled, the next
    one asks: a failure is nobody's but its own. SQLite works in a thread of its own.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._asked: dict[str, Future[None]] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._work(self._connect)
        self._worker = ThreadPoolExecutor(1, "replies")
        try:
            self._do(self._prepare).result()
        except ModelError:
            self.close()
            raise

    def get(self, key: str, ask: Callable[[], str]) -> str:
        """The text of this key; only where there is none it is asked for, and kept."""
        while leader := self._join(key):
            leader.result()
        try:
            known = self._do(self._find, key).result()
            return known if known is not None else self._do(self._keep, key, ask()).result()
        finally:
            self._leave(key)

    async def aget(self, key: str, ask: Callable[[], Awaitable[str]]) -> str:
        """As `get`, without blocking."""
        while leader := self._join(key):
            await _done(leader)
        try:
            known = await _done(self._do(self._find, key))
            return known if known is not None else await self._akeep(key, ask)
        finally:
            self._leave(key)

    def damaged(self, why: object) -> ModelError:
        """What to say when the file holds something that no one wrote there."""
        return ModelError(
            f"the reply cache {self._path} is damaged ({why}): delete it, and the files of its "
            "name that end in -wal and -shm; replies are then asked for anew"
        )

    def close(self) -> None:
        """Lets go of the file."""
        self._worker.shutdown()
        self._file.close()

    async def _akeep(self, key: str, ask: Callable[[], Awaitable[str]]) -> str:
        return await _done(self._do(self._keep, key, await ask()))

    def _join(self, key: str) -> "Future[None] | None":
        """Who asks for this key already; if nobody does, the caller is the one."""
        with self._lock:
            leader = self._asked.get(key)
            if leader is None:
                self._asked[key] = Future()
            return leader

    def _leave(self, key: str) -> None:
        with self._lock:
            done = self._asked.pop(key)
        done.set_result(None)

    def _do(self, work: Callable[..., T], *arguments: str) -> "Future[T]":
        return self._worker.submit(self._work, work, *arguments)

    def _work(self, work: Callable[..., T], *arguments: str) -> T:
        try:
            return work(*arguments)
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", None) in DAMAGED:
                raise self.damaged(error) from error
            raise ModelError(f"the reply cache {self._path} cannot be used: {error}") from error

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(
            self._path, timeout=PATIENCE_SECONDS, isolation_level=None, check_same_thread=False
        )

    def _prepare(self) -> None:
        self._file.execute("BEGIN IMMEDIATE")
        [schema] = self._file.execute("PRAGMA user_version").fetchone()
        [tables] = self._file.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if schema != SCHEMA and tables:
            raise ModelError(f"{self._path} is not a reply cache of this version: name another")
        self._file.execute("CREATE TABLE IF NOT EXISTS replies (key TEXT PRIMARY KEY, reply TEXT)")
        self._file.execute(f"PRAGMA user_version = {SCHEMA}")
        self._file.execute("COMMIT")
        self._write_ahead()

    def _write_ahead(self) -> None:
        """Lets others read while one writes; SQLite itself does not wait with this, so we do."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                self._file.execute("PRAGMA journal_mode = WAL")
                break
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
        self._file.execute("PRAGMA synchronous = NORMAL")

    def _find(self, key: str) -> str | None:
        row = self._file.execute("SELECT reply FROM replies WHERE key = ?", [key]).fetchone()
        return row[0] if row else None

    def _keep(self, key: str, reply: str) -> str:
        """The first reply stands, also where another process was faster."""
        kept = self._file.execute("INSERT OR IGNORE INTO replies VALUES (?, ?)", [key, reply])
        return reply if kept.rowcount else self._find(key) or reply


async def _done(future: "Future[T]") -> T:
    """Waits; who is cancelled meanwhile takes nothing from the others who wait."""
    return await asyncio.shield(asyncio.wrap_future(future))
