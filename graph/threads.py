"""Where the server keeps its threads: a SQLite file that outlives a kill."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import aiosqlite
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from simulator import home

OF_RUN = "json_extract(CAST(metadata AS TEXT), '$.run_id') = ?"
OWNER = "json_extract(CAST(metadata AS TEXT), '$.owner')"


class ThreadSaver(AsyncSqliteSaver):
    """Checkpoints in SQLite, and what the server asks of them beyond that."""

    async def adelete_for_runs(self, run_ids: Iterable[str]) -> None:
        """Takes back what cancelled runs wrote."""
        await self.setup()
        key = "thread_id, checkpoint_ns, checkpoint_id"
        theirs = f"SELECT {key} FROM checkpoints WHERE {OF_RUN}"
        async with self.lock:
            for run in run_ids:
                await self.conn.execute(f"DELETE FROM writes WHERE ({key}) IN ({theirs})", (run,))
                await self.conn.execute(f"DELETE FROM checkpoints WHERE {OF_RUN}", (run,))
            await self.conn.commit()


async def owner_of(thread_id: str) -> str | None:
    """The client to whom a thread belongs of which something was kept."""
    path = threads_file()
    if not await asyncio.to_thread(path.exists):
        return None
    query = f"SELECT {OWNER} FROM checkpoints WHERE thread_id = ? AND {OWNER} IS NOT NULL LIMIT 1"
    async with aiosqlite.connect(path) as connection:
        try:
            async with connection.execute(query, (thread_id,)) as found:
                row = await found.fetchone()
        except aiosqlite.OperationalError:  # a file in which nothing was kept yet
            return None
    return str(row[0]) if row else None


def threads_file() -> Path:
    """The file of this machine's server."""
    return home() / "server" / "threads.sqlite"


@asynccontextmanager
async def open_threads() -> AsyncIterator[ThreadSaver]:
    """The saver that langgraph.json names."""
    path = threads_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    async with aiosqlite.connect(path) as connection:
        yield ThreadSaver(connection)
