"""What `stream_mode="custom"` and the log tell of a session and a training."""

import json
import logging
import re
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from graph.episode import build_graph
from graph.progress import tell_loading
from graph.trainer import build_trainer
from nodes import Context
from tests.graph.conftest import Stage

PAGE = Path(__file__).resolve().parents[2] / "docs" / "library.md"
ROLES = ["planner", "actor", "simulator", "critic", "reflector"]


@pytest.fixture(autouse=True)
def _nothing_told_yet() -> None:
    tell_loading.cache_clear()


async def told_of(graph: Any, given: Any, **context: Any) -> list[dict[str, Any]]:
    settings = Context(**{"max_rounds": 2, **context})
    stream = graph.astream(given, context=settings, stream_mode="custom")
    return [event async for event in stream]


async def test_every_node_says_when_it_starts_and_when_it_has_finished(patient: Stage) -> None:
    events = await told_of(patient.graph, {"user": 3})
    nodes = [event for event in events if "status" in event]
    started = [(e["event"], e["round"]) for e in nodes if e["status"] == "started"]
    finished = [(e["event"], e["round"]) for e in nodes if e["status"] == "finished"]
    assert sorted(started) == sorted(finished)
    assert started[0] == ("arrive", 1)
    assert started[-1] == ("remember", 3)
    assert {name for name, _ in started} == {"arrive", "remember", *ROLES}
    assert [round_ for name, round_ in started if name == "planner"] == [1, 2]
    assert all(e["seconds"] >= 0 for e in nodes if e["status"] == "finished")


async def test_what_is_loaded_is_told_once_and_before_the_session_begins(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "graph.progress")
    events = await told_of(stage.graph, {"user": 3})
    assert events[0] == {"event": "loading", "what": "world 'demo'"}
    assert "loading world 'demo'" in caplog.messages
    again = await told_of(build_graph(stage.load), {"user": 3})
    assert "loading" not in [event["event"] for event in again]


async def test_memories_are_told_when_they_are_opened() -> None:
    events = await told_of(build_graph(), {"user": 3}, memory="told.ephemeral", arm="reflexion")
    assert {"event": "loading", "what": "memory 'told.ephemeral' of reflexion"} in events


async def test_a_node_that_asks_a_person_has_started_and_not_finished(stage: Stage) -> None:
    config: Any = {"configurable": {"thread_id": "one"}}
    graph = build_graph(stage.load, InMemorySaver())
    stream = graph.astream({"user": 3}, config, context=Context(human=True), stream_mode="custom")
    events = [event async for event in stream]
    assert [e["status"] for e in events if e["event"] == "simulator"] == ["started"]


async def test_candidates_are_told_and_the_choice_is_one_of_them(patient: Stage) -> None:
    events = await told_of(patient.graph, {"user": 3})
    offered = {e["round"]: e for e in events if e["event"] == "offered"}
    chosen = {e["round"]: e for e in events if e["event"] == "chosen"}
    assert set(offered) == set(chosen) == {1, 2}
    for round_, event in offered.items():
        items = {one["item"]: one["genres"] for one in event["candidates"]}
        assert len(items) == 10
        assert items[chosen[round_]["item"]] == chosen[round_]["genres"]


async def test_recalled_texts_are_told_with_their_distance(stage: Stage) -> None:
    await stage.graph.ainvoke({"user": 3}, context=Context(max_rounds=2))
    [learned] = stage.memories.rows("reflections")
    events = await told_of(stage.graph, {"user": 3})
    recalled = {e["role"]: e for e in events if e["event"] == "recalled"}
    [reflection] = recalled["planner"]["rows"]
    assert reflection["text"] == learned.text
    assert reflection["distance"] == pytest.approx(0, abs=1e-3)
    assert recalled["critic"]["memory"] == "values"
    assert len(recalled["critic"]["rows"]) == 2


async def test_on_a_thread_a_started_node_names_the_checkpoint_to_fork_from(stage: Stage) -> None:
    config: Any = {"configurable": {"thread_id": "one"}}
    graph = build_graph(stage.load, InMemorySaver())
    context = Context(max_rounds=2)
    stream = graph.astream({"user": 3}, config, context=context, stream_mode="custom")
    events = [event async for event in stream]
    second = next(e for e in events if e["event"] == "planner" and e["round"] == 2)
    config["configurable"]["checkpoint_id"] = second["checkpoint"]
    state = await graph.aget_state(config)
    assert len(state.values["steps"]) == 1
    assert "planner" in state.next


async def test_a_training_tells_its_episodes_and_commits(stage: Stage) -> None:
    given = {"users": [3, 5, 7], "batch": 2}
    events = [e for e in await told_of(build_trainer(stage.load), given) if e["event"] != "loading"]
    commits = [(e["batch"], e["episodes"]) for e in events if e["event"] == "commit"]
    assert commits == [(1, 2), (2, 3)]
    episodes = [e for e in events if e["event"] == "episode"]
    for status in ("started", "finished"):
        told = sorted((e["number"], e["user"]) for e in episodes if e["status"] == status)
        assert told == [(0, 3), (1, 5), (2, 7)]


async def test_the_page_shows_events_as_they_are(stage: Stage) -> None:
    page = PAGE.read_text(encoding="utf-8")
    shown = [
        json.loads(one) for one in re.findall(r"^\| `(\{\"event\".*\})` \|", page, re.MULTILINE)
    ]
    told = await told_of(stage.graph, {"user": 3})
    told += await told_of(build_trainer(stage.load), {"users": [3], "batch": 1})
    kinds = {(e["event"], e.get("status"), frozenset(e)) for e in told}
    assert len(shown) == 7
    assert {(e["event"], e.get("status"), frozenset(e)) for e in shown} <= kinds
