"""The episode graph: plan, act, respond, criticise, and at the end reflect and remember.

    START -> arrive -> planner -> actor -> simulator --stays--> critic beside planner
                    -> critic                        --ends---> critic beside reflector -> remember

LangGraph ends a superstep when all its nodes have ended: the Critic of a round runs beside the next
Planner, and the next Actor sees its verdict. The simulator has a superstep of its own, so that
waiting for a person blocks no other node.

A person's open session goes on where it was. If it has expired, it is ended first:

    START -> arrive -> simulator
    START -> arrive -> reflector -> remember -> arrive -> planner ...
"""

from collections.abc import Awaitable, Callable
from typing import Any, Literal

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.config import get_config
from langgraph.errors import GraphRecursionError
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command

from graph.checked import CheckedGraph, checked
from graph.clients import context_of
from graph.load import Load, PartsCache, load_parts
from graph.progress import NodeEvent, tell_progress
from nodes import (
    Arm,
    Context,
    EpisodeInput,
    EpisodeState,
    Parts,
    act,
    apply_update,
    arrive,
    criticise,
    is_to_judge,
    plan,
    plan_and_criticise,
    reflect,
    remember,
    respond,
)
from simulator import WorldError

Node = Callable[[EpisodeState, Context, Parts], Awaitable[dict[str, Any]]]
NodeName = Literal[
    "arrive", "planner", "actor", "simulator", "critic", "reflector", "remember", "__end__"
]
Route = Callable[[EpisodeState, Arm], list[NodeName]]
Check = Callable[[EpisodeState, Context], None]
EpisodeGraph = CheckedGraph[EpisodeState, EpisodeInput]

DESCRIPTIONS = {
    "arrive": "A user arrives with a viewing history.",
    "planner": "Plans the rounds to come, with principles from memory.",
    "actor": "Turns the plan into one item, with experience and tools.",
    "simulator": "The user rates the item, and stays or leaves: a simulated one, or a person who "
    "is asked.",
    "critic": "Values the situation and judges the round that led to it.",
    "reflector": "Distils the finished session into a principle.",
    "remember": "Commits what the episode taught.",
}
STEPS_PER_ROUND = 3
STEPS_TO_END = 3  # critic beside reflector, remember, end
NEXT_ROUND = ("planner", "critic", "actor", "reflector", "remember")


def after_user(state: EpisodeState, arm: Arm) -> list[NodeName]:
    """The next round, or the roles that learn from a finished session."""
    if state["ending"]:
        return who_learns(state, arm) or ["__end__"]
    if state["choice"]:  # a resumed session goes back to its open item
        return ["simulator"]
    if is_fused(arm):
        return ["planner"]  # which judges as well
    return [*judging(state, arm), "planner" if arm.plans else "actor"]


def who_learns(state: EpisodeState, arm: Arm) -> list[NodeName]:
    """The roles that learn from a finished session: none if no round was played."""
    if not state["steps"] or not (arm.criticises or arm.reflects):
        return []
    reflecting: list[NodeName] = ["reflector"] if arm.reflects else []
    return [*judging(state, arm), *reflecting] or ["remember"]


def judging(state: EpisodeState, arm: Arm) -> list[NodeName]:
    """The Critic, where the initial state or the last round is to be valued."""
    return ["critic"] if arm.criticises and is_to_judge(state) else []


def is_fused(arm: Arm) -> bool:
    """Whether one call plans and judges."""
    return arm.fused and arm.plans and arm.criticises


async def plan_round(state: EpisodeState, context: Context, parts: Parts) -> dict[str, Any]:
    """The planner's node: it judges as well where the arm has both in one call."""
    together = plan_and_criticise if is_fused(parts.arm) else plan
    return await together(state, context, parts)


def after_critic(state: EpisodeState, arm: Arm) -> list[NodeName]:
    """Goes on to `remember` at the end, unless the Reflector beside it does."""
    return ["remember"] if state["ending"] and not arm.reflects else []


def after_remembering(state: EpisodeState, arm: Arm) -> list[NodeName]:
    """The end, or the arrival that waited for an expired session to be ended."""
    return ["arrive"] if state.get("ready") else ["__end__"]


def check_start(state: EpisodeState, context: Context) -> None:
    """Refuses a call whose thread or step limit cannot carry the episode to its end."""
    if context.human and "thread_id" not in get_config().get("configurable", {}):
        raise WorldError(
            "human=True waits for answers between calls: give build_graph a checkpointer, and the "
            "call a thread_id"
        )
    check_limit(state, context, STEPS_PER_ROUND * context.max_rounds + STEPS_TO_END)


def check_limit(state: EpisodeState, context: Context, needed: int = STEPS_TO_END) -> None:
    """Raises where fewer supersteps remain than are needed, at least those that end the episode."""
    if state["remaining_steps"] < needed:
        enough = STEPS_PER_ROUND * context.max_rounds + 1 + STEPS_TO_END
        raise GraphRecursionError(
            f"the recursion_limit is too low for a session of up to {context.max_rounds} rounds: "
            f"leave it out, set it to {enough} or more, or lower max_rounds; with a checkpointer, "
            "calling again with input None goes on from here"
        )


def bind(
    name: str,
    node: Node,
    parts_cache: PartsCache,
    route: Route | None = None,
    check: Check | None = None,
    settings: Callable[[Runtime[Any]], Any] = context_of,
) -> Any:
    """The node as LangGraph calls it: with context and parts, checked before, routed after."""

    async def run(state: EpisodeState, runtime: Runtime[Context]) -> Any:
        context = settings(runtime)
        async with parts_cache.use(context) as parts:
            if check:
                check(state, context)
            round_ = len(state.get("steps", ())) + 1
            event = NodeEvent(event=name, round=round_, status="started")
            at = runtime.execution_info
            if at and at.thread_id:  # else nothing is stored
                event["checkpoint"] = at.checkpoint_id
            with tell_progress(runtime.stream_writer, event):
                update = await node(state, context, parts)
        if route is None:
            return update
        return Command(update=update, goto=route(apply_update(state, update), parts.arm))

    return run


def build_graph(
    load: Load = load_parts, checkpointer: BaseCheckpointSaver[str] | None = None
) -> EpisodeGraph:
    """The compiled graph; `load` makes the live parts when the graph first runs."""
    parts = PartsCache(load)
    builder = StateGraph(EpisodeState, context_schema=Context, input_schema=EpisodeInput)

    def add(
        name: str,
        node: Node,
        goes_to: tuple[str, ...] = (),
        route: Route | None = None,
        check: Check | None = None,
    ) -> None:
        run, described = bind(name, node, parts, route, check), {"description": DESCRIPTIONS[name]}
        builder.add_node(name, run, metadata=described, destinations=goes_to or None)

    add("arrive", arrive, NEXT_ROUND, after_user, check_start)
    add("planner", plan_round)
    add("actor", act)
    add("simulator", respond, (*NEXT_ROUND, END), after_user, check_limit)
    add("critic", criticise, ("remember",), after_critic)
    add("reflector", reflect)
    add("remember", remember, ("arrive", END), after_remembering)

    builder.add_edge(START, "arrive")
    builder.add_edge("planner", "actor")
    builder.add_edge("actor", "simulator")
    builder.add_edge("reflector", "remember")
    return checked(builder.compile(checkpointer, name="billp"))


graph = build_graph()
