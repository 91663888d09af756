"""All the ways in which LangChain and LangGraph call a graph, without a step limit given."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.runnables import RunnableLambda
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.errors import GraphRecursionError
from langgraph.graph import START, StateGraph
from langgraph.types import Command
from typing_extensions import TypedDict

from graph import trainer as trainer_module
from graph.episode import EpisodeGraph, build_graph
from graph.trainer import TrainerGraph, build_trainer
from nodes import Context, EpisodeState
from nodes.state import EpisodeInput
from simulator import WorldError
from tests.graph.conftest import Stage

ROUNDS = 12  # three supersteps each: more than LangChain's default of 25
CONTEXT = Context(max_rounds=ROUNDS)
USER: Any = {"user": 3}
TRAINING: Any = {"users": [3] * 14, "batch": 1}  # two supersteps each


class Outer(TypedDict, total=False):
    """The state of a graph around the episode's, which holds more than the episode takes."""

    user: int
    note: str
    steps: list[Any]


def outer(graph: EpisodeGraph) -> Any:
    builder = StateGraph(Outer, context_schema=Context)
    builder.add_node("session", graph)
    builder.add_edge(START, "session")
    return builder.compile()


async def events(graph: Any, given: Any, context: Context) -> Any:
    """The output that the last of the events holds."""
    stream = graph.astream_events(given, version="v2", context=context)
    told = [event async for event in stream]
    assert told[-1]["event"] == "on_chain_end"
    return told[-1]["data"]["output"]


async def in_a_chain(graph: Any, given: Any, context: Context) -> Any:
    return await (RunnableLambda(lambda _: given) | graph.bind(context=context)).ainvoke(0)


async def called_by_a_function(graph: Any, given: Any, context: Context) -> Any:
    async def call(_: int) -> Any:
        return await graph.ainvoke(given, context=context)

    return await RunnableLambda(call).ainvoke(0)


async def in_a_batch(graph: Any, given: Any, context: Context) -> Any:
    first, second = await graph.abatch([given, given], context=context)
    assert first.keys() == second.keys()
    return first


async def without_a_loop(graph: Any, given: Any, context: Context) -> Any:
    return await asyncio.to_thread(graph.invoke, given, context=context)


async def in_a_chain_of_events(graph: Any, given: Any, context: Context) -> Any:
    chain = RunnableLambda(lambda _: given) | graph.bind(context=context)
    stream = chain.astream_events(0, version="v2")
    told = [event async for event in stream if event["name"] == graph.name]
    return told[-1]["data"]["output"]


WAYS = [events, in_a_chain, called_by_a_function, in_a_batch, without_a_loop, in_a_chain_of_events]


@pytest.mark.parametrize("call", WAYS)
async def test_a_session_is_played_to_its_end_however_it_is_called(
    call: Callable[..., Any], patient: Stage
) -> None:
    state = await call(patient.graph, USER, CONTEXT)
    assert state["ending"]["rounds"] == ROUNDS


@pytest.mark.parametrize("call", WAYS)
async def test_a_training_is_played_to_its_end_however_it_is_called(
    call: Callable[..., Any], stage: Stage
) -> None:
    state = await call(build_trainer(stage.load), TRAINING, Context(max_rounds=1))
    assert [one["number"] for one in state["outcomes"]] == list(range(14))


@pytest.mark.parametrize("call", [events, in_a_chain, in_a_batch, without_a_loop])
async def test_a_session_can_be_a_node_of_another_graph(
    call: Callable[..., Any], patient: Stage
) -> None:
    given = {"user": 3, "note": "of the outer graph alone"}
    state = await call(outer(patient.graph), given, CONTEXT)
    assert len(state["steps"]) == ROUNDS


async def test_an_outer_graph_with_another_context_is_told_what_to_give(stage: Stage) -> None:
    builder = StateGraph(EpisodeState, context_schema=dict)
    builder.add_node("session", stage.graph)
    builder.add_edge(START, "session")
    with pytest.raises(TypeError, match="give the outer graph context_schema=Context"):
        await builder.compile().ainvoke(USER, context={"max_rounds": 2})


@pytest.mark.parametrize("call", ["ainvoke", "abatch", "bind"])
async def test_a_callers_own_limit_that_is_too_low_is_explained(call: str, patient: Stage) -> None:
    config: Any = {"recursion_limit": 30}
    graph = patient.graph
    calls: dict[str, Any] = {
        "ainvoke": lambda: graph.ainvoke(USER, config, context=CONTEXT),
        "abatch": lambda: graph.abatch([USER], config, context=CONTEXT),
        "bind": lambda: graph.with_config(config).ainvoke(USER, context=CONTEXT),
    }
    with pytest.raises(GraphRecursionError, match="leave it out, set it to 40 or more"):
        await calls[call]()
    assert patient.asked == []


async def test_a_trainings_own_limit_that_is_too_low_is_explained(stage: Stage) -> None:
    trainer, context = build_trainer(stage.load), Context(max_rounds=1)
    with pytest.raises(GraphRecursionError, match="set it to 30 or more, or play larger batches"):
        await trainer.ainvoke(TRAINING, {"recursion_limit": 29}, context=context)
    assert stage.asked == []
    state = await trainer.ainvoke(TRAINING, {"recursion_limit": 30}, context=context)
    assert len(state["outcomes"]) == 14


async def test_a_copy_with_settings_of_its_own_keeps_the_limit(patient: Stage) -> None:
    copy = patient.graph.with_config(tags=["mine"]).copy({"name": "copied"})
    state = await (RunnableLambda(lambda _: USER) | copy.bind(context=CONTEXT)).ainvoke(0)
    assert state["ending"]["rounds"] == ROUNDS


def test_a_session_can_be_played_without_a_loop(stage: Stage) -> None:
    state = stage.graph.invoke(USER, context=Context(max_rounds=2))
    updates = stage.graph.stream(USER, context=Context(max_rounds=2), stream_mode="updates")
    assert state["ending"]
    assert list(next(updates)) == ["arrive"]


async def test_a_session_can_be_played_without_await_where_a_loop_runs(stage: Stage) -> None:
    assert stage.graph.invoke(USER, context=Context(max_rounds=2))["ending"]


def test_sessions_of_a_batch_without_a_loop_are_played_side_by_side(stage: Stage) -> None:
    states = stage.graph.batch([{"user": 3}, {"user": 5}], context=Context(max_rounds=2))
    assert [state["user"] for state in states] == [3, 5]


def test_a_person_can_answer_without_a_loop(stage: Stage) -> None:
    graph, config = build_graph(stage.load, InMemorySaver()), {"configurable": {"thread_id": "one"}}
    person: Any = {"config": config, "context": Context(human=True)}
    asked = graph.invoke(USER, **person)["__interrupt__"][0].value
    assert asked["round"] == 1
    assert graph.invoke(Command(resume=4), **person)["steps"][0]["reward"] == 4.0
    assert graph.invoke(Command(resume="end"), **person)["ending"]["rounds"] == 1


def test_an_error_of_a_session_without_a_loop_reaches_the_caller(stage: Stage) -> None:
    with pytest.raises(WorldError, match="unknown user 300"):
        stage.graph.invoke({"user": 300})


def test_a_caller_who_stops_reading_stops_the_session(patient: Stage) -> None:
    updates = patient.graph.stream(USER, context=Context(max_rounds=100), stream_mode="updates")
    next(updates)
    updates.close()
    asked, ended = -1, threading.Event()
    while asked != len(patient.asked):
        asked = len(patient.asked)
        ended.wait(0.5)
    assert asked < 100


async def test_a_call_that_would_wait_for_itself_is_refused(stage: Stage) -> None:
    graph = stage.graph

    async def call(_: int) -> Any:
        return graph.invoke(USER)

    def blocked() -> Any:
        return list(iterate_one(call))

    with pytest.raises(RuntimeError, match="await `ainvoke` instead"):
        await asyncio.to_thread(blocked)


def iterate_one(call: Callable[[int], Any]) -> Any:
    """The call's result, made on the event loop of calls without one."""
    from graph.event_loop import iterate

    async def once() -> Any:
        yield await call(0)

    return iterate(once)


@pytest.mark.parametrize(
    ("graph", "given", "message"),
    [
        (build_graph, {"usr": 1}, "unknown input 'usr': did you mean 'user'?"),
        (build_graph, {"user": 1, "view": []}, "unknown input 'view': did you mean 'viewed'?"),
        (build_graph, {"user": 1, "qqq": 1}, "known inputs: user, viewed, episode, at"),
        (build_trainer, {"episods": 2}, "unknown input 'episods': did you mean 'episodes'?"),
    ],
)
async def test_an_unknown_input_is_refused_with_the_nearest_name(
    graph: Callable[[], EpisodeGraph | TrainerGraph], given: Any, message: str
) -> None:
    with pytest.raises(WorldError) as refused:
        await graph().ainvoke(given)
    assert message in str(refused.value)


async def test_an_unknown_setting_in_a_dict_is_refused_with_the_nearest_name(stage: Stage) -> None:
    given: Any = {"reflection": 3}
    with pytest.raises(ValueError, match="'reflection': did you mean 'reflections'"):
        await stage.graph.ainvoke(USER, context=given)


def test_the_schemas_are_those_of_the_graph() -> None:
    graph = build_graph()
    assert set(graph.get_input_jsonschema()["properties"]) == set(EpisodeInput.__annotations__)
    assert "steps" in graph.get_output_jsonschema()["properties"]
    assert (graph.get_context_jsonschema() or {})["additionalProperties"] is False
    assert trainer_module.graph.get_name() == "trainer"
