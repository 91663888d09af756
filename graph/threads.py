"""The server's threads in SQLite or Postgres: `langgraph dev` itself loses them in a kill."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from langgraph.checkpoint.base import BaseCheckpointSaver

import durable
from graph.checkpoints import GroupCommitSaver
from graph.clients import SettingsError
from home_folder import home

THREADS_VARIABLE = "BILLP_THREADS"
OWNER = "json_extract(CAST(metadata AS TEXT), '$.owner')"
NOBODY = ""  # the owner of threads made without a token; no client has this name


def threads_file() -> Path:
    """The file of this machine's server."""
    return home() / "server" / "threads.sqlite"


def threads_address() -> str | None:
    """The database of threads that the environment names; raises `SettingsError` if it is wrong."""
    address = os.environ.get(THREADS_VARIABLE)
    if address:
        _check(address)
    return address or None


def _check(address: str) -> None:
    try:
        from graph.postgres import check_address
    except ImportError as error:
        raise SettingsError(
            f"threads in Postgres need its driver ({error}): pip install 'billp[postgres]'"
        ) from None
    check_address(address)


@asynccontextmanager
async def open_threads(address: str | None = None) -> AsyncIterator[BaseCheckpointSaver[str]]:
    """The saver that langgraph.json names: of a Postgres database, or of this machine's file."""
    if address := address or threads_address():
        _check(address)
        from graph.postgres import open_saver

        async with open_saver(address) as saver:
            yield saver
        return
    path = threads_file()
    durable.make_folder(path.parent)
    async with GroupCommitSaver.open(path) as in_file:
        yield in_file


async def owner_of(thread_id: str) -> str | None:
    """The client that owns a thread, NOBODY if none does, None if it has no checkpoints."""
    if address := threads_address():
        from graph.postgres import owner_in

        return await owner_in(address, thread_id, NOBODY)
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
