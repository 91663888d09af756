"""Checkpoints with group commit: what LangGraph's own saver keeps, each of them whole or not."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.base import empty_checkpoint
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from graph.checkpoints import GroupCommitSaver
from graph.episode import build_graph
from nodes import Context
from tests.graph.conftest import Stage

ROUNDS = Context(max_rounds=3, learn=False)
KEPT = """
SELECT count(*), sum(parent_checkpoint_id IS NULL), sum(length(checkpoint) > 0),
    count(DISTINCT json_extract(CAST(metadata AS TEXT), '$.step')) FROM checkpoints
"""
WRITTEN = """
SELECT task_path, idx, channel, replace(type, 'crc32+', ''), count(*) FROM writes
    GROUP BY 1, 2, 3, 4 ORDER BY 3, 1, 2
"""


def at(thread: str) -> Any:
    return {"configurable": {"thread_id": thread, "checkpoint_ns": ""}}


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


async def put(saver: GroupCommitSaver, thread: str) -> Any:
    return await saver.aput(at(thread), empty_checkpoint(), {"source": "input", "step": 0}, {})


async def test_it_keeps_what_langgraphs_saver_keeps(stage: Stage, tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours.sqlite", tmp_path / "theirs.sqlite"
    async with GroupCommitSaver.open(ours) as saver:
        state = await build_graph(stage.load, saver).ainvoke(
            {"user": 3, "episode": "one"}, at("one"), context=ROUNDS
        )
    async with AsyncSqliteSaver.from_conn_string(str(theirs)) as saver:
        same = await build_graph(stage.load, saver).ainvoke(
            {"user": 3, "episode": "one"}, at("one"), context=ROUNDS
        )
    assert state["steps"] == same["steps"]
    for query in (KEPT, WRITTEN):
        assert rows(ours, query) == rows(theirs, query)


async def test_what_langgraphs_saver_kept_is_read(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "kept.sqlite"
    async with AsyncSqliteSaver.from_conn_string(str(path)) as saver:
        state = await build_graph(stage.load, saver).ainvoke({"user": 3}, at("one"), context=ROUNDS)
    async with GroupCommitSaver.open(path) as reader:
        found = await build_graph(stage.load, reader).aget_state(at("one"))
    assert found.values["steps"] == state["steps"]
    assert found.values["verdicts"] == state["verdicts"]


async def test_a_write_has_returned_only_when_it_is_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "kept.sqlite"
    async with GroupCommitSaver.open(path) as saver:
        await put(saver, "one")
        assert rows(path, "SELECT thread_id FROM checkpoints") == [("one",)]


async def test_what_is_ready_at_once_shares_a_transaction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements: list[str] = []
    connect = sqlite3.connect

    def traced(path: Path) -> sqlite3.Connection:
        connection = connect(path)
        connection.set_trace_callback(statements.append)
        return connection

    async with GroupCommitSaver.open(tmp_path / "kept.sqlite") as saver:
        monkeypatch.setattr(sqlite3, "connect", traced)
        await asyncio.gather(*(put(saver, str(number)) for number in range(50)))
    assert sum(statement.startswith("INSERT") for statement in statements) == 50
    assert statements.count("COMMIT") == 1


async def test_one_that_cannot_be_written_leaves_the_others_alone(tmp_path: Path) -> None:
    path = tmp_path / "kept.sqlite"
    async with GroupCommitSaver.open(path) as saver:
        ends = await asyncio.gather(
            *(put(saver, thread) for thread in ("one", "\ud800", "two")), return_exceptions=True
        )
    assert isinstance(ends[1], UnicodeEncodeError)
    assert rows(path, "SELECT thread_id FROM checkpoints ORDER BY 1") == [("one",), ("two",)]


async def test_a_file_that_cannot_be_written_is_told_to_everybody(tmp_path: Path) -> None:
    path = tmp_path / "kept.sqlite"
    async with GroupCommitSaver.open(path) as saver:
        await put(saver, "one")
        with closing(sqlite3.connect(path)) as other:
            other.executescript("DROP TABLE checkpoints")
        ends = await asyncio.gather(put(saver, "two"), put(saver, "three"), return_exceptions=True)
    assert [type(end) for end in ends] == [sqlite3.OperationalError] * 2


async def test_a_write_that_is_cancelled_takes_nobody_along(tmp_path: Path) -> None:
    path = tmp_path / "kept.sqlite"
    async with GroupCommitSaver.open(path) as saver:
        first, second = (asyncio.create_task(put(saver, name)) for name in ("one", "two"))
        await asyncio.sleep(0)
        first.cancel()
        await second
        with pytest.raises(asyncio.CancelledError):
            await first
    assert ("two",) in rows(path, "SELECT thread_id FROM checkpoints")


async def test_closing_waits_for_what_is_on_its_way(tmp_path: Path) -> None:
    path = tmp_path / "kept.sqlite"
    async with GroupCommitSaver.open(path) as saver:
        tasks = [asyncio.create_task(put(saver, str(number))) for number in range(20)]
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    assert rows(path, "SELECT count(*) FROM checkpoints") == [(20,)]


async def test_a_deleted_thread_is_gone_and_no_other(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "kept.sqlite"
    async with GroupCommitSaver.open(path) as saver:
        graph = build_graph(stage.load, saver)
        for thread in ("one", "two"):
            await graph.ainvoke({"user": 3}, at(thread), context=ROUNDS)
        await saver.adelete_thread("one")
    for table in ("checkpoints", "writes"):
        assert rows(path, f"SELECT DISTINCT thread_id FROM {table}") == [("two",)]
