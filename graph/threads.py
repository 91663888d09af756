"""Where the server keeps its threads: in SQLite, since its own memory does not outlive a kill."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from graph.checkpoints import Checkpoints
from simulator import home

OWNER = "json_extract(CAST(metadata AS TEXT), '$.owner')"


def threads_file() -> Path:
    """The file of this machine's server."""
    return home() / "server" / "threads.sqlite"


@asynccontextmanager
async def open_threads() -> AsyncIterator[Checkpoints]:
    """The saver that langgraph.json names."""
    path = threads_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    async with Checkpoints.opened(path) as saver:
        yield saver


async def owner_of(thread_id: str) -> str | None:
    """The client to whom a thread belongs of which something was kept."""
    return await asyncio.to_thread(_owner_of, thread_id)


def _owner_of(thread_id: str) -> str | None:
    path = threads_file()
    if not path.is_file():
        return None
    query = f"SELECT {OWNER} FROM checkpoints WHERE thread_id = ? AND {OWNER} IS NOT NULL LIMIT 1"
    with closing(sqlite3.connect(path)) as connection:
        try:
            row = connection.execute(query, (thread_id,)).fetchone()
        except sqlite3.OperationalError:  # a file in which nothing was kept yet
            return None
    return str(row[0]) if row else None
