"""Where the server keeps its threads: in SQLite, since its own memory does not outlive a kill."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, closing
from pathlib import Path

from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from simulator import home

KEY = "thread_id, checkpoint_ns, checkpoint_id"
OF_RUN = "json_extract(CAST(metadata AS TEXT), '$.run_id') = ?"
OWNER = "json_extract(CAST(metadata AS TEXT), '$.owner')"


class ThreadSaver(AsyncSqliteSaver):
    """Checkpoints in SQLite, and what the server asks of them beyond that."""

    async def adelete_for_runs(self, run_ids: Iterable[str]) -> None:
        """Takes back what cancelled runs wrote."""
        await self.setup()
        theirs = f"SELECT {KEY} FROM checkpoints WHERE {OF_RUN}"
        async with self.lock:
            for run in run_ids:
                await self.conn.execute(f"DELETE FROM writes WHERE ({KEY}) IN ({theirs})", (run,))
                await self.conn.execute(f"DELETE FROM checkpoints WHERE {OF_RUN}", (run,))
            await self.conn.commit()


def threads_file() -> Path:
    """The file of this machine's server."""
    return home() / "server" / "threads.sqlite"


@asynccontextmanager
async def open_threads() -> AsyncIterator[AsyncSqliteSaver]:
    """The saver that langgraph.json names."""
    path = threads_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    async with ThreadSaver.from_conn_string(str(path)) as saver:
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
