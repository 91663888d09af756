"""An answer that is refused never counts, however the session goes on."""

from dataclasses import replace
from typing import Any

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from graph.episode import EpisodeGraph, build_graph
from graph.load import load_parts
from nodes import Context, Parts
from stores import Memories

HUMAN, FORGOTTEN = Context(human=True, max_rounds=5), Context(max_rounds=5)
THREAD = RunnableConfig(configurable={"thread_id": "one"})


@pytest.fixture
def graph(memories: Memories) -> EpisodeGraph:
    def load(context: Context) -> Parts:
        return replace(load_parts(replace(context, memory="ephemeral")), memories=memories)

    return build_graph(load, InMemorySaver())


async def answered(graph: EpisodeGraph, *answers: tuple[Any, Context]) -> Any:
    """The session after these answers."""
    state = await graph.ainvoke({"user": 3}, THREAD, context=HUMAN)
    for said, context in answers:
        state = await graph.ainvoke(Command(resume=said), THREAD, context=context)
    return state


async def test_an_answer_without_the_sessions_context_gives_way_to_the_next(
    graph: EpisodeGraph,
) -> None:
    state = await answered(graph, (4, FORGOTTEN), ("quit", HUMAN))
    assert [(step["reward"], step["quit"]) for step in state["steps"]] == [(1.0, "left")]


async def test_it_does_not_count_after_an_unclear_answer_or_a_run_without_one(
    graph: EpisodeGraph,
) -> None:
    state = await answered(graph, (4, FORGOTTEN), ("great", HUMAN))
    assert "expected a rating" in state["__interrupt__"][0].value["problem"]
    again: Any = await graph.ainvoke(None, THREAD, context=HUMAN)
    assert again["steps"] == []
    state = await graph.ainvoke(Command(resume=2), THREAD, context=HUMAN)
    assert [step["reward"] for step in state["steps"]] == [2.0]
