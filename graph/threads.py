"""Where the server keeps its threads: in SQLite, since its own memory does not outlive a kill."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from graph.checkpoints import Checkpoints
from simulator import home

OWNER = "json_extract(CAST(metadata AS TEXT), '$.owner')"
NOBODY = ""  # no client is called so


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
    """The client whose thread it is, NOBODY where no client made it, None where nothing is kept."""
    return await asyncio.to_thread(_owner_of, thread_id)


def _owner_of(thread_id: str) -> str | None:
    path = threads_file()
    if not path.is_file():
        return None
    of_thread = "FROM checkpoints WHERE thread_id = ?"
    with closing(sqlite3.connect(path)) as connection:
        if not connection.execute("SELECT 1 FROM pragma_table_info('checkpoints')").fetchone():
            return None
        query = f"SELECT {OWNER} {of_thread} AND {OWNER} IS NOT NULL LIMIT 1"
        row = connection.execute(query, (thread_id,)).fetchone()
        if row:
            return str(row[0])
        kept = connection.execute(f"SELECT 1 {of_thread} LIMIT 1", (thread_id,)).fetchone()
    return NOBODY if kept else None
