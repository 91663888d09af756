"""What checkpoints cost a session: none, SQLite of this project, and a Postgres of this machine."""

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
from langgraph.checkpoint.base import BaseCheckpointSaver

from benchmarks.figures import Figure, report
from benchmarks.stage.world import patient_load
from graph.checkpoints import GroupCommitSaver
from graph.episode import build_graph
from graph.threads import open_threads
from nodes import Context
from tests.servers.postgres import PostgresServer, postgres_server

ROUNDS, SESSIONS, TURNS = 20, 8, 2
CONTEXT = Context(memory="ephemeral", max_rounds=ROUNDS, learn=False)
RELAXED = "Postgres, synchronous_commit=off"
Saver = BaseCheckpointSaver[str] | None


async def milliseconds_a_step(saver: Saver, turn: str) -> tuple[float, float]:
    """CPU of this process and wall time of a round, with sessions side by side."""
    graph = build_graph(patient_load(), saver)

    async def play(user: int) -> None:
        at: Any = {"configurable": {"thread_id": f"{turn}-{user}"}}
        await graph.ainvoke({"user": user}, at, context=CONTEXT)

    cpu, wall = time.process_time(), time.perf_counter()
    await asyncio.gather(*(play(user) for user in range(SESSIONS)))
    rounds = ROUNDS * SESSIONS / 1000
    return (time.process_time() - cpu) / rounds, (time.perf_counter() - wall) / rounds


@asynccontextmanager
async def opened(kind: str, folder: Path, server: PostgresServer) -> AsyncIterator[Saver]:
    """The saver of this kind."""
    if kind == "no checkpoints":
        yield None
    elif kind == "SQLite":
        async with GroupCommitSaver.open(folder / "threads.sqlite") as in_file:
            yield in_file
    else:
        relaxed = "&options=-csynchronous_commit%3Doff" if kind == RELAXED else ""
        async with open_threads(server.address() + relaxed) as in_database:
            yield in_database


async def measure(folder: Path, server: PostgresServer) -> list[Figure]:
    """Each kind in turn, several times, as the load of a machine changes."""
    kinds = ("no checkpoints", "SQLite", "Postgres", RELAXED)
    spent: dict[str, list[tuple[float, float]]] = {kind: [] for kind in kinds}
    await milliseconds_a_step(None, "warm")
    own, empty = [0.0], database_size(server)
    for turn in range(TURNS):
        for kind in kinds:
            async with opened(kind, folder, server) as saver:
                before = cpu_of(server)
                spent[kind].append(await milliseconds_a_step(saver, f"{kind}-{turn}"))
                own.append(cpu_of(server) - before)
    figures = []
    for kind in kinds:
        cpu, wall = (statistics.median(each) for each in zip(*spent[kind], strict=True))
        figures.append(Figure(f"CPU of a round, {kind}", cpu, "ms"))
        figures.append(Figure(f"wall time of a round, {SESSIONS} sessions, {kind}", wall, "ms"))
    rounds = ROUNDS * SESSIONS * TURNS  # of each kind
    size = database_size(server) - empty
    return [
        *figures,
        Figure("CPU of a round within Postgres", sum(own) / rounds / 2 * 1000, "ms"),
        Figure("Postgres, a session of 100 rounds", size / rounds / 2 * 100 / 1e6, "MB"),
        Figure("SQLite, a session of 100 rounds", size_of(folder) / rounds * 100 / 1e6, "MB"),
    ]


def cpu_of(server: PostgresServer) -> float:
    """Seconds of CPU of the server's processes; call while its connections are open."""
    process = psutil.Process(server.process_id)
    times = [one.cpu_times() for one in (process, *process.children())]
    return float(sum(one.user + one.system for one in times))


def database_size(server: PostgresServer) -> int:
    """The bytes of the database, the tables of Postgres itself among them."""
    return int(server.query("postgres", "SELECT pg_database_size('postgres')")[0])


def size_of(folder: Path) -> int:
    """The bytes of the files in a folder."""
    return sum(path.stat().st_size for path in folder.iterdir())


def main() -> None:
    """Measures with a Postgres whose writes reach the disk."""
    options = ("-c", "listen_addresses=")
    with tempfile.TemporaryDirectory() as folder, postgres_server(options) as server:
        report(asyncio.run(measure(Path(folder), server)))


if __name__ == "__main__":
    main()
