"""The episode graph: plan, act, be received, be judged, and at the end reflect and remember.

    START -> arrive -> planner -> actor -> simulator --stays--> critic beside planner
                    -> critic                        --ends---> critic beside reflector -> remember

A superstep ends when all its nodes have: so the Critic of a round is done before the Actor of the
next begins, yet costs no waiting beside the Planner. The user's answer has a superstep of its own,
so that waiting for a person holds up nobody.

A person who arrives in their open session finds it where it was; one that was open for too long
is ended first:

    START -> arrive -> simulator
    START -> arrive -> reflector -> remember -> arrive -> planner ...
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, Literal
from weakref import WeakKeyDictionary

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.config import get_config
from langgraph.errors import GraphRecursionError
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command

from graph.clients import context_of
from graph.load import load_parts
from nodes import (
    Arm,
    Context,
    EpisodeInput,
    EpisodeState,
    Parts,
    act,
    arrive,
    criticise,
    plan,
    receive,
    reflect,
    remember,
    updated,
)
from simulator import WorldError

Load = Callable[[Context], Parts]
Node = Callable[[EpisodeState, Context, Parts], Awaitable[dict[str, Any]]]
NodeName = Literal[
    "arrive", "planner", "actor", "simulator", "critic", "reflector", "remember", "__end__"
]
Route = Callable[[EpisodeState, Arm], list[NodeName]]
EpisodeGraph = CompiledStateGraph[EpisodeState, Context, EpisodeInput, EpisodeState]

CONTEXTS_KEPT = 64
STEPS_PER_ROUND = 3
STEPS_TO_END = 3  # the last judgement beside the reflection, remembering, the end
STEPS_AROUND = 1 + STEPS_TO_END


def next_round(state: EpisodeState, arm: Arm) -> list[NodeName]:
    """Whoever works before the Actor does; at first the Critic values the initial state."""
    if state["choice"]:
        return ["simulator"]  # the item that a person was shown before still waits
    names: list[NodeName] = ["critic"] if arm.criticises and to_judge(state) else []
    names.append("planner" if arm.plans else "actor")
    return names


def to_judge(state: EpisodeState) -> bool:
    """Whether there is anything new for the Critic."""
    return not state["steps"] or len(state["verdicts"]) < len(state["steps"])


def after_user(state: EpisodeState, arm: Arm) -> list[NodeName]:
    """On to the next round, or to those who learn from a finished session."""
    if not state["ending"]:
        return next_round(state, arm)
    if not state["steps"] or not (arm.criticises or arm.reflects):
        return ["__end__"]  # nothing was seen, or nobody would learn from it
    names: list[NodeName] = []
    if arm.criticises and to_judge(state):
        names.append("critic")  # not after a person who ends without a word on the last item
    if arm.reflects:
        names.append("reflector")
    return names or ["remember"]


def after_critic(state: EpisodeState, arm: Arm) -> list[NodeName]:
    """The Critic hands over only where no Reflector works beside it at the end."""
    return ["remember"] if state["ending"] and not arm.reflects else []


def after_remembering(state: EpisodeState, arm: Arm) -> list[NodeName]:
    """The end, unless somebody waited for a session that had been left open."""
    return ["arrive"] if state.get("ready") else ["__end__"]


class LoadedNodes:
    """Gives nodes their context and parts; these are kept per event loop, as HTTP clients must."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._kept: WeakKeyDictionary[asyncio.AbstractEventLoop, OrderedDict[Context, Parts]] = (
            WeakKeyDictionary()
        )

    def bind(self, node: Node, route: Route | None = None) -> Any:
        """The node as LangGraph calls it; with a route, it also says who comes next."""

        async def run(state: EpisodeState, runtime: Runtime[Context]) -> Any:
            context = context_of(runtime)
            parts = await self.parts(context)
            update = await node(state, context, parts)
            if route is None:
                return update
            return Command(update=update, goto=route(updated(state, update), parts.arm))

        return run

    async def parts(self, context: Context) -> Parts:
        """The live parts for this context; loaded off the event loop, once."""
        kept = self._kept.setdefault(asyncio.get_running_loop(), OrderedDict())
        if context not in kept:
            kept[context] = await asyncio.to_thread(self._load, context)
            while len(kept) > CONTEXTS_KEPT:
                kept.popitem(last=False)
        kept.move_to_end(context)
        return kept[context]


async def start(state: EpisodeState, context: Context, parts: Parts) -> dict[str, Any]:
    """Arrives, once it is sure that the episode can be played to its end."""
    if context.human and "thread_id" not in get_config().get("configurable", {}):
        raise WorldError(
            "human=True waits for answers between calls: give build_graph a checkpointer, and the "
            "call a thread_id"
        )
    check_limit(state, STEPS_PER_ROUND * context.max_rounds + STEPS_TO_END, context)
    return await arrive(state, context, parts)


async def meet_user(state: EpisodeState, context: Context, parts: Parts) -> dict[str, Any]:
    """The user's answer, as long as the step limit leaves room for another round."""
    check_limit(state, STEPS_TO_END, context)
    return await receive(state, context, parts)


def check_limit(state: EpisodeState, needed: int, context: Context) -> None:
    """Explains a step limit that cannot work, before anything is spent on it."""
    if state["remaining_steps"] < needed:
        enough = STEPS_PER_ROUND * context.max_rounds + STEPS_AROUND
        raise GraphRecursionError(
            f"the recursion_limit is too low for a session of up to {context.max_rounds} rounds: "
            f"leave it out, set it to {enough} or more, or lower max_rounds; with a checkpointer, "
            "calling again with input None goes on from here"
        )


def build_graph(
    load: Load = load_parts, checkpointer: BaseCheckpointSaver[str] | None = None
) -> EpisodeGraph:
    """The compiled graph; `load` brings the live parts, and nothing is loaded before it runs."""
    nodes = LoadedNodes(load)
    builder = StateGraph(EpisodeState, context_schema=Context, input_schema=EpisodeInput)

    def add(name: str, run: Any, description: str, goes_to: tuple[str, ...] = ()) -> None:
        builder.add_node(
            name, run, metadata={"description": description}, destinations=goes_to or None
        )

    add(
        "arrive",
        nodes.bind(start, after_user),
        "A user arrives with a viewing history.",
        ("planner", "critic", "actor", "reflector", "remember"),
    )
    add("planner", nodes.bind(plan), "Plans the rounds to come, with principles from memory.")
    add("actor", nodes.bind(act), "Turns the plan into one item, with experience and tools.")
    add(
        "simulator",
        nodes.bind(meet_user, after_user),
        "The user rates the item, and stays or leaves: a simulated one, or a person who is asked.",
        ("planner", "critic", "actor", "reflector", "remember", END),
    )
    add(
        "critic",
        nodes.bind(criticise, after_critic),
        "Values the situation and judges the round that led to it.",
        ("remember",),
    )
    add("reflector", nodes.bind(reflect), "Distils the finished session into a principle.")
    add(
        "remember",
        nodes.bind(remember, after_remembering),
        "Commits what the episode taught.",
        ("arrive", END),
    )

    builder.add_edge(START, "arrive")
    builder.add_edge("planner", "actor")
    builder.add_edge("actor", "simulator")
    builder.add_edge("reflector", "remember")
    return builder.compile(checkpointer, name="billp")


graph = build_graph()
