"""Episodes that are stored as they go stay small."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from graph.episode import build_graph
from models import ScriptedChatModel
from nodes import Context
from stores import Memories
from tests.graph.conftest import PATIENT, Stage

TWO_MEGABYTES = 2_000_000


async def stored_bytes(
    stage: Stage, rounds: int, file: Path, viewed: Sequence[str] = ("Ember Garden",)
) -> int:
    """Plays an episode with checkpoints in a file, and says how large the file became."""
    async with AsyncSqliteSaver.from_conn_string(str(file)) as saver:
        checkpointed = build_graph(stage.load)
        checkpointed.checkpointer = saver
        config: Any = {"configurable": {"thread_id": "one"}}
        state = await checkpointed.ainvoke(
            {"user": 3, "viewed": list(viewed)}, config, context=Context(max_rounds=rounds)
        )
        assert len(state["steps"]) == rounds
        await saver.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return file.stat().st_size


async def test_a_hundred_rounds_store_at_most_two_megabytes(patient: Stage, tmp_path: Path) -> None:
    assert await stored_bytes(patient, 100, tmp_path / "episode.sqlite") <= TWO_MEGABYTES


async def test_verbose_models_and_long_titles_store_no_more_than_that(
    memories: Memories, tmp_path: Path
) -> None:
    verbose = ScriptedChatModel(
        replies={
            "planner": ["Plan. " + "word " * 200],
            "actor": ["recommend[Ember Garden]"],
            "critic": ["5"],
            "reflector": ["Principle. " + "word " * 200],
        }
    )
    stage = Stage(memories, model=verbose, rule=PATIENT)
    viewed = [f"{n} " + "long title " * 14 for n in range(15)]
    size = await stored_bytes(stage, 100, tmp_path / "episode.sqlite", viewed)
    assert size <= TWO_MEGABYTES


async def test_what_is_stored_grows_with_the_rounds_not_with_their_square(
    patient: Stage, tmp_path: Path
) -> None:
    half = await stored_bytes(patient, 50, tmp_path / "50.sqlite")
    whole = await stored_bytes(patient, 100, tmp_path / "100.sqlite")
    assert whole <= 2.2 * half


async def test_the_stored_state_holds_every_round(patient: Stage, tmp_path: Path) -> None:
    config: Any = {"configurable": {"thread_id": "one"}}
    async with AsyncSqliteSaver.from_conn_string(str(tmp_path / "e.sqlite")) as saver:
        checkpointed = build_graph(patient.load)
        checkpointed.checkpointer = saver
        state = await checkpointed.ainvoke({"user": 3}, config, context=Context(max_rounds=12))
    async with AsyncSqliteSaver.from_conn_string(str(tmp_path / "e.sqlite")) as saver:
        reopened = build_graph(patient.load)
        reopened.checkpointer = saver
        assert (await reopened.aget_state(config)).values == state


@pytest.mark.parametrize("durability", ["sync", "async"])
async def test_durability_changes_nothing_that_is_learned(
    durability: Any, patient: Stage, tmp_path: Path
) -> None:
    config: Any = {"configurable": {"thread_id": "one"}}
    async with AsyncSqliteSaver.from_conn_string(str(tmp_path / "e.sqlite")) as saver:
        checkpointed = build_graph(patient.load)
        checkpointed.checkpointer = saver
        await checkpointed.ainvoke(
            {"user": 3}, config, context=Context(max_rounds=5), durability=durability
        )
    assert patient.memories.counts()["experiences"] == 5
