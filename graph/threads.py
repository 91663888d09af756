"""The server's threads in SQLite: `langgraph dev` itself loses them when it is killed."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import durable
from graph.checkpoints import GroupCommitSaver
from home_folder import home

OWNER = "json_extract(CAST(metadata AS TEXT), '$.owner')"
NOBODY = ""  # the owner of threads made without a token; no client has this name


def threads_file() -> Path:
    """The file of this machine's server."""
    return home() / "server" / "threads.sqlite"


@asynccontextmanager
async def open_threads() -> AsyncIterator[GroupCommitSaver]:
    """The saver that langgraph.json names."""
    path = threads_file()
    durable.make_folder(path.parent)
    async with GroupCommitSaver.open(path) as saver:
        yield saver


async def owner_of(thread_id: str) -> str | None:
    """The client that owns a thread, NOBODY if none does, None if it has no checkpoints."""
    return await asyncio.to_thread(_owner_of, thread_id)


def _owner_of(thread_id: str) -> str | None:
    path = threads_file()
    if not path.is_file():
        return None
    with closing(sqlite3.connect(path)) as connection:
        if not connection.execute("SELECT 1 FROM pragma_table_info('checkpoints')").fetchone():
            return None
        of_thread = "FROM checkpoints WHERE thread_id = ?1"
        owned = f"SELECT {OWNER} {of_thread} AND {OWNER} IS NOT NULL LIMIT 1"
        query = f"SELECT coalesce(({owned}), (SELECT '{NOBODY}' {of_thread} LIMIT 1))"
        (owner,) = connection.execute(query, (thread_id,)).fetchone()
    return None if owner is None else str(owner)
