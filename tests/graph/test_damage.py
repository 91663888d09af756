"""Files of checkpoints that are damaged, and clocks that are set back between two processes."""

import random
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.base import id as ids
from langgraph.types import Command

from graph.checkpoints import GroupCommitSaver
from graph.damage import DamagedCheckpointsError, check_whole
from graph.episode import build_graph
from nodes import Context
from tests.graph.conftest import Stage

ROUNDS = Context(max_rounds=3, learn=False)
AT: Any = {"configurable": {"thread_id": "one"}}
FLIPS = 40
HOUR = 3_600 * 10**9  # nanoseconds


@pytest.fixture
async def kept(stage: Stage, tmp_path: Path) -> Path:
    """An episode's checkpoints in one file."""
    path = tmp_path / "kept.sqlite"
    async with GroupCommitSaver.open(path) as saver:
        await build_graph(stage.load, saver).ainvoke({"user": 3}, AT, context=ROUNDS)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")  # which empties the write-ahead log
    return path


async def values_in(path: Path, stage: Stage) -> Any:
    """The session's state; what nodes did beside each other has no order, so it is sorted."""
    check_whole(path)
    async with GroupCommitSaver.open(path) as saver:
        values = (await build_graph(stage.load, saver).aget_state(AT)).values
    if "usage" in values:
        values["usage"].sort(key=lambda used: (used["round"], used["role"]))
    return values


async def test_a_flipped_bit_is_found_or_changes_nothing(
    kept: Path, stage: Stage, tmp_path: Path
) -> None:
    dice, data, found = random.Random(1), kept.read_bytes(), 0
    values = await values_in(kept, stage)
    for _ in range(FLIPS):
        content = bytearray(data)
        content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
        kept.write_bytes(content)
        try:
            assert await values_in(kept, stage) == values
        except DamagedCheckpointsError:
            found += 1
    assert found > FLIPS // 4


@pytest.mark.parametrize("share", [0.0001, 0.3, 0.99])
async def test_a_truncated_file_is_named_with_what_to_do(
    share: float, kept: Path, stage: Stage
) -> None:
    data = kept.read_bytes()
    kept.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(DamagedCheckpointsError, match="move it away, with any "):
        await values_in(kept, stage)
    kept.rename(kept.with_name("elsewhere"))
    assert await values_in(kept, stage) == {}


async def test_a_value_that_was_altered_is_refused_whenever_it_is_read(
    kept: Path, stage: Stage
) -> None:
    longer = "UPDATE checkpoints SET checkpoint = CAST(checkpoint || x'00' AS BLOB)"
    with closing(sqlite3.connect(kept)) as connection, connection:
        connection.execute(longer)
    async with GroupCommitSaver.open(kept) as saver:
        with pytest.raises(DamagedCheckpointsError, match="another checksum"):
            await build_graph(stage.load, saver).aget_state(AT)


async def test_a_session_goes_on_where_it_was_after_the_clock_was_set_back(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, context = tmp_path / "kept.sqlite", Context(human=True, learn=False)
    async with GroupCommitSaver.open(path) as saver:
        graph = build_graph(stage.load, saver)
        await graph.ainvoke({"user": 3}, AT, context=context)
        rounds = await resumed(graph, 4, context)
    now = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: now() - HOUR)
    monkeypatch.setattr(ids, "_last_v6_timestamp", None)  # as in a new process
    async with GroupCommitSaver.open(path) as saver:
        graph = build_graph(stage.load, saver)
        rounds += await resumed(graph, 3, context)
        rounds += await resumed(graph, 5, context)
        steps = (await graph.aget_state(AT)).values["steps"]
    assert rounds == [2, 3, 4]
    assert [step["reward"] for step in steps] == [4.0, 3.0, 5.0]


async def resumed(graph: Any, rating: int, context: Context) -> list[int]:
    """The round that is asked about after this answer."""
    state = await graph.ainvoke(Command(resume=rating), AT, context=context)
    return [asked.value["round"] for asked in state["__interrupt__"]]
