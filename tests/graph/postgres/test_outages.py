"""Databases that are down, gone, hung, damaged or ahead of this machine's clock."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from langgraph.checkpoint.base import id as ids
from langgraph.types import Command

from graph.clients import SettingsError
from graph.episode import build_graph
from graph.postgres import DamagedThreadError, ThreadsUnavailableError, clocks, outage, saver
from graph.threads import open_threads, threads_address
from nodes import Context
from tests.graph.conftest import Stage
from tests.servers.postgres import PostgresServer

AT: Any = {"configurable": {"thread_id": "one"}}
PERSON = Context(human=True, learn=False)
SECOND = 10**9


@pytest.fixture
def server(postgres: PostgresServer) -> Iterator[PostgresServer]:
    """A server that runs again afterwards."""
    yield postgres
    postgres.stop()
    postgres.start()


async def answered(graph: Any, rating: int) -> Any:
    """What is asked after this answer."""
    state = await graph.ainvoke(Command(resume=rating), AT, context=PERSON)
    return state["__interrupt__"][0].value


async def test_a_restart_of_the_database_between_two_answers_is_not_noticed(
    stage: Stage, address: str, server: PostgresServer
) -> None:
    async with open_threads(address) as threads:
        graph = build_graph(stage.load, threads)
        await graph.ainvoke({"user": 3}, AT, context=PERSON)
        server.stop()
        server.start()
        assert (await answered(graph, 4))["round"] == 2


async def test_an_answer_while_the_database_is_down_is_refused_and_can_be_repeated(
    stage: Stage, address: str, server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saver, "WAIT", 1.0)
    async with open_threads(address) as threads:
        graph = build_graph(stage.load, threads)
        await graph.ainvoke({"user": 3}, AT, context=PERSON)
        asked = await answered(graph, 5)
        server.stop()
        for _ in range(2):
            with pytest.raises(ThreadsUnavailableError, match="kept as of its last step"):
                await answered(graph, 4)
        server.start()
        assert (await answered(graph, 4))["round"] == 3
        steps = (await graph.aget_state(AT)).values["steps"]
    assert [step["reward"] for step in steps] == [5.0, 4.0]
    assert asked["item"] == steps[1]["item"]


async def test_an_operation_that_hangs_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outage, "LONGEST", 0.01)
    with pytest.raises(ThreadsUnavailableError, match="no answer in"):
        await outage.call_twice("threads", outage.nothing, asyncio.sleep, 60.0)


async def test_an_operation_whose_connection_broke_is_repeated_once() -> None:
    ends: list[Exception | None] = [psycopg.OperationalError("broken"), None]
    mended = []

    async def mend() -> None:
        mended.append(len(ends))

    async def operation() -> str:
        if error := ends.pop(0):
            raise error
        return "done"

    assert await outage.call_twice("threads", mend, operation) == "done"
    assert mended == [1]
    ends += [psycopg.OperationalError("broken")] * 2
    with pytest.raises(ThreadsUnavailableError, match="broken"):
        await outage.call_twice("threads", mend, operation)


async def test_tables_that_are_gone_are_told_with_the_reason(
    stage: Stage, address: str, postgres: PostgresServer, database: str
) -> None:
    async with open_threads(address) as threads:
        graph = build_graph(stage.load, threads)
        await graph.ainvoke({"user": 3}, AT, context=PERSON)
        postgres.query(database, "DROP TABLE checkpoints")
        with pytest.raises(ThreadsUnavailableError, match='relation "checkpoints" does not exist'):
            await answered(graph, 4)


@pytest.mark.parametrize(
    ("database", "reason"),
    [
        ("postgresql://billp:SECRET@127.0.0.1:1/threads", "127.0.0.1/threads.*refused"),
        ("postgresql://billp:SECRET@/missing?host={folder}", "missing.*does not exist"),
    ],
)
async def test_a_database_that_is_not_there_is_told_at_the_start_without_its_password(
    database: str, reason: str, postgres: PostgresServer
) -> None:
    with pytest.raises(ThreadsUnavailableError, match=reason) as told:
        async with open_threads(database.format(folder=postgres.folder)):
            pass
    assert "SECRET" not in str(told.value)


@pytest.mark.parametrize(
    "address",
    [
        "sqlite:///SECRET",
        "billp:SECRET@host/threads",
        "postgresql://billp:SEC@RET@host/threads",
        "postgresql://billp:SECRET@host:port?nonsense=1",
    ],
)
def test_an_address_that_is_none_is_refused_and_not_repeated(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BILLP_THREADS", address)
    with pytest.raises(SettingsError, match=r"postgresql://USER@HOST|as %40") as told:
        threads_address()
    assert "SEC" not in str(told.value)
    assert "RET" not in str(told.value)


async def test_a_value_that_was_altered_is_refused(
    stage: Stage, address: str, postgres: PostgresServer, database: str
) -> None:
    longer = "UPDATE checkpoint_blobs SET blob = blob || '\\x00' WHERE blob IS NOT NULL"
    async with open_threads(address) as threads:
        graph = build_graph(stage.load, threads)
        await graph.ainvoke({"user": 3}, AT, context=PERSON)
        postgres.query(database, longer)
        with pytest.raises(DamagedThreadError, match="bring back a backup"):
            await graph.aget_state(AT)


async def test_a_machine_whose_clock_is_a_little_behind_loses_nothing(
    stage: Stage, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_threads(address) as threads:
        graph = build_graph(stage.load, threads)
        await graph.ainvoke({"user": 3}, AT, context=PERSON)
        rounds = [(await answered(graph, 4))["round"]]
    another_machine(monkeypatch, behind=2.0)
    async with open_threads(address) as threads:
        graph = build_graph(stage.load, threads)
        rounds += [(await answered(graph, rating))["round"] for rating in (3, 5)]
        steps = (await graph.aget_state(AT)).values["steps"]
    assert rounds == [2, 3, 4]
    assert [step["reward"] for step in steps] == [4.0, 3.0, 5.0]


async def test_a_machine_whose_clock_is_far_behind_is_told_so(
    stage: Stage, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_threads(address) as threads:
        await build_graph(stage.load, threads).ainvoke({"user": 3}, AT, context=PERSON)
    another_machine(monkeypatch, behind=3_600)
    async with open_threads(address) as threads:
        with pytest.raises(clocks.ClockBehindError, match="set the clocks of all servers"):
            await answered(build_graph(stage.load, threads), 4)


def another_machine(monkeypatch: pytest.MonkeyPatch, behind: float) -> None:
    """As if this were a new process on a machine whose clock is so many seconds behind."""
    now = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: now() - int(behind * SECOND))
    monkeypatch.setattr(ids, "_last_v6_timestamp", None)
