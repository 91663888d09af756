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
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command

from graph.clients import context_of
from graph.load import load_parts
from graph.parts_cache import Load, PartsCache
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
    plan,
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
EpisodeGraph = CompiledStateGraph[EpisodeState, Context, EpisodeInput, EpisodeState]

STEPS_PER_ROUND = 3
STEPS_TO_END = 3  # critic beside reflector, remember, end
STEPS_AROUND = 1 + STEPS_TO_END


def next_round(state: EpisodeState, arm: Arm) -> list[NodeName]:
    """The nodes before the Actor; a resumed session goes back to its open item."""
    if state["choice"]:
        return ["simulator"]
    names: list[NodeName] = ["critic"] if arm.criticises and to_judge(state) else []
    names.append("planner" if arm.plans else "actor")
    return names


def to_judge(state: EpisodeState) -> bool:
    """Whether the initial state or the last round is still to be judged."""
    return not state["steps"] or len(state["verdicts"]) < len(state["steps"])


def after_user(state: EpisodeState, arm: Arm) -> list[NodeName]:
    """The next round, or the roles that learn from a finished session."""
    if not state["ending"]:
        return next_round(state, arm)
    if not state["steps"] or not (arm.criticises or arm.reflects):
        return ["__end__"]  # no round was played, or the arm does not learn
    names: list[NodeName] = []
    if arm.criticises and to_judge(state):  # "end" without a rating leaves no round to judge
        names.append("critic")
    if arm.reflects:
        names.append("reflector")
    return names or ["remember"]


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
    check_limit(state, STEPS_PER_ROUND * context.max_rounds + STEPS_TO_END, context)


def check_round(state: EpisodeState, context: Context) -> None:
    """Refuses to respond if the step limit leaves no room to end the episode."""
    check_limit(state, STEPS_TO_END, context)


def check_limit(state: EpisodeState, needed: int, context: Context) -> None:
    """Raises where fewer supersteps remain than are needed."""
    if state["remaining_steps"] < needed:
        enough = STEPS_PER_ROUND * context.max_rounds + STEPS_AROUND
        raise GraphRecursionError(
            f"the recursion_limit is too low for a session of up to {context.max_rounds} rounds: "
            f"leave it out, set it to {enough} or more, or lower max_rounds; with a checkpointer, "
            "calling again with input None goes on from here"
        )


def bind(
    node: Node, parts_cache: PartsCache, route: Route | None = None, check: Check | None = None
) -> Any:
    """The node as LangGraph calls it: with context and parts, checked before, routed after."""

    async def run(state: EpisodeState, runtime: Runtime[Context]) -> Any:
        context = context_of(runtime)
        parts = await parts_cache.get(context)
        if check:
            check(state, context)
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

    def add(name: str, run: Any, description: str, goes_to: tuple[str, ...] = ()) -> None:
        builder.add_node(
            name, run, metadata={"description": description}, destinations=goes_to or None
        )

    add(
        "arrive",
        bind(arrive, parts, after_user, check_start),
        "A user arrives with a viewing history.",
        ("planner", "critic", "actor", "reflector", "remember"),
    )
    add("planner", bind(plan, parts), "Plans the rounds to come, with principles from memory.")
    add("actor", bind(act, parts), "Turns the plan into one item, with experience and tools.")
    add(
        "simulator",
        bind(respond, parts, after_user, check_round),
        "The user rates the item, and stays or leaves: a simulated one, or a person who is asked.",
        ("planner", "critic", "actor", "reflector", "remember", END),
    )
    add(
        "critic",
        bind(criticise, parts, after_critic),
        "Values the situation and judges the round that led to it.",
        ("remember",),
    )
    add("reflector", bind(reflect, parts), "Distils the finished session into a principle.")
    add(
        "remember",
        bind(remember, parts, after_remembering),
        "Commits what the episode taught.",
        ("arrive", END),
    )

    builder.add_edge(START, "arrive")
    builder.add_edge("planner", "actor")
    builder.add_edge("actor", "simulator")
    builder.add_edge("reflector", "remember")
    return builder.compile(checkpointer, name="billp")


graph = build_graph()
