"""LangGraph's Postgres saver, for servers that share threads and for databases that restart."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from types import TracebackType
from typing import Any, ParamSpec, TypeVar

import psycopg
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    DeltaChannelHistory,
)
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

from graph.damage import CheckedSerializer
from graph.postgres.address import check_address
from graph.postgres.clocks import wait_until_past
from graph.postgres.outage import DamagedThreadError, ThreadsUnavailableError, call_twice, nothing

CONNECTIONS = 8  # of each process
WAIT = 10.0  # seconds for a connection, of which a restart of the database may take some
GLANCE = 0.1  # seconds between two tries to be the one that makes the tables
CONNECTION: dict[str, Any] = {
    "autocommit": True,
    "prepare_threshold": 0,
    "row_factory": dict_row,
    "application_name": "billp",
    "connect_timeout": int(WAIT),
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": int(WAIT * 1000),
}
LOCK = 0x62696C6C70  # of whoever makes the tables
OF_RUNS = """
CREATE INDEX CONCURRENTLY IF NOT EXISTS billp_run_id ON checkpoints ((metadata->>'run_id'))
"""
DELETE_RUNS = """
WITH gone AS (
    DELETE FROM checkpoints WHERE metadata->>'run_id' = ANY(%s)
    RETURNING thread_id, checkpoint_ns, checkpoint_id
)
DELETE FROM checkpoint_writes USING gone WHERE checkpoint_writes.thread_id = gone.thread_id
    AND checkpoint_writes.checkpoint_ns = gone.checkpoint_ns
    AND checkpoint_writes.checkpoint_id = gone.checkpoint_id
"""
OWNER = """
SELECT coalesce(
    (SELECT metadata->>'owner' FROM checkpoints
        WHERE thread_id = %(thread)s AND metadata->>'owner' IS NOT NULL LIMIT 1),
    (SELECT %(nobody)s::text FROM checkpoints WHERE thread_id = %(thread)s LIMIT 1)
) AS owner
"""

Pool = AsyncConnectionPool[AsyncConnection[DictRow]]
P = ParamSpec("P")
T = TypeVar("T")


class NoLock(asyncio.Lock):
    """LangGraph's saver locks each operation, though each has its own connection of the pool."""

    async def __aenter__(self) -> None:
        """Nobody waits."""

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nobody waited."""


class PostgresSaver(AsyncPostgresSaver):
    """Reads and writes as LangGraph's saver does; errors say what became of the session."""

    def __init__(self, pool: Pool, database: str) -> None:
        super().__init__(pool, serde=CheckedSerializer(partial(DamagedThreadError, database)))
        self.lock = NoLock()
        self._pool = pool
        self._database = database
        self._free = asyncio.Semaphore(CONNECTIONS)

    async def _call(
        self, operation: Callable[P, Awaitable[T]], *given: P.args, **named: P.kwargs
    ) -> T:
        """Waits for its turn without a limit: only the database's own time is bounded."""
        async with self._free:
            return await call_twice(self._database, self._pool.check, operation, *given, **named)

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """A checkpoint, from which this machine's clock lets a session go on."""
        found = await self._call(super().aget_tuple, config)
        if found is not None:
            await wait_until_past(found.checkpoint["id"])
        return found

    async def aget_delta_channel_history(
        self, *, config: RunnableConfig, channels: Sequence[str]
    ) -> Mapping[str, DeltaChannelHistory]:
        """What was written to channels that checkpoints hold in parts."""
        read = super().aget_delta_channel_history
        return await self._call(read, config=config, channels=channels)

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        """Checkpoints, the newest first."""
        listed = super().alist

        async def read() -> list[CheckpointTuple]:
            found = listed(config, filter=filter, before=before, limit=limit)
            return [each async for each in found]

        for each in await self._call(read):
            yield each

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Saves a checkpoint."""
        put = super().aput
        return await self._call(put, config, checkpoint, metadata, new_versions)

    async def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Saves what a node wrote before its superstep has a checkpoint."""
        put = super().aput_writes
        await self._call(put, config, writes, task_id, task_path)

    async def adelete_thread(self, thread_id: str) -> None:
        """Deletes a thread's checkpoints and writes."""
        await self._call(super().adelete_thread, thread_id)

    async def adelete_for_runs(self, run_ids: Iterable[str]) -> None:
        """Deletes the checkpoints and writes of cancelled runs."""
        runs = [str(run) for run in run_ids]

        async def delete() -> None:
            async with self._pool.connection() as connection:
                await connection.execute(DELETE_RUNS, (runs,))

        await self._call(delete)


@asynccontextmanager
async def open_saver(address: str) -> AsyncIterator[PostgresSaver]:
    """The saver of a database, whose tables are made if need be."""
    database = check_address(address)
    try:
        async with await AsyncConnection.connect(address, **CONNECTION) as connection:
            await _make_tables(connection)
    except psycopg.Error as error:
        raise ThreadsUnavailableError(database, error) from error
    pool: Pool = AsyncConnectionPool(
        address,
        kwargs=CONNECTION,
        min_size=1,
        max_size=CONNECTIONS,
        timeout=WAIT,
        reconnect_timeout=WAIT,
        open=False,
        name="threads",
    )
    async with pool:
        yield PostgresSaver(pool, database)


async def _make_tables(connection: AsyncConnection[DictRow]) -> None:
    """One server at a time; a wait within the database would keep indexes from being made."""
    while True:
        tried = await connection.execute("SELECT pg_try_advisory_lock(%s) AS mine", (LOCK,))
        if (row := await tried.fetchone()) and row["mine"]:
            break
        await asyncio.sleep(GLANCE)
    await AsyncPostgresSaver(connection).setup()
    await connection.execute(OF_RUNS)


async def owner_in(address: str, thread_id: str, nobody: str) -> str | None:
    """The client that owns a thread, `nobody` if none does, None if it has no checkpoints."""
    database = check_address(address)

    async def read() -> str | None:
        async with await AsyncConnection[DictRow].connect(address, **CONNECTION) as connection:
            found = await connection.execute(OWNER, {"thread": thread_id, "nobody": nobody})
            row = await found.fetchone()
        return None if row is None or row["owner"] is None else str(row["owner"])

    return await call_twice(database, nothing, read)
