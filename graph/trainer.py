"""The trainer graph: batches of episodes side by side, and what they taught committed in order.

    START -> draw -> episode x batch -> commit -> episode x batch -> commit ... -> END

Episodes of one batch know nothing of each other; their lessons are committed together, in the
order of their numbers. So what is learned depends on the size of a batch, never on how many
episodes are played at once or which of them ends first.
"""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, cast

import numpy as np
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Overwrite, Send

from graph.clients import context_of
from graph.episode import EpisodeGraph, Load, LoadedNodes, build_graph
from graph.load import load_parts
from graph.training import (
    Assignment,
    Failure,
    Outcome,
    Played,
    TrainerInput,
    TrainerState,
)
from models import ModelError, RunStoppedError
from nodes import Context, EpisodeInput, EpisodeState, lessons
from simulator import WorldError
from stores import StoreError

EPISODES, BATCH = 20, 5
OF_THE_RUN = (
    RunStoppedError,
    StoreError,
    ModelError,
    OSError,
)  # what no single episode is to blame for
OF_A_SERVER = (TimeoutError, ConnectionError)  # these are OSErrors too

TrainerGraph = CompiledStateGraph[TrainerState, Context, TrainerInput, TrainerState]
Play = Callable[[EpisodeGraph, Assignment, Context], Awaitable[Played]]
Committed = Callable[[int, Mapping[str, int]], None]


async def settled(assignment: Assignment, playing: Awaitable[EpisodeState]) -> Played:
    """What came of an episode; one that fails takes nobody along, unless all are stopped."""
    try:
        return Played(assignment=assignment, state=await playing, failure=None)
    except Exception as error:  # whatever a chat model's server may do
        if isinstance(error, OF_THE_RUN) and not isinstance(error, OF_A_SERVER):
            raise
        return Played(assignment=assignment, state=None, failure=failure(error))


def failure(error: BaseException) -> Failure:
    """An error as it is recorded, on one line."""
    return Failure(type=type(error).__name__, message=" ".join(str(error).split())[:500])


async def play_here(graph: EpisodeGraph, assignment: Assignment, context: Context) -> Played:
    """Plays an episode as part of the trainer's own run, on its checkpoints and streams."""
    return await settled(assignment, _ainvoke(graph, assignment, context))


async def _ainvoke(graph: EpisodeGraph, assignment: Assignment, context: Context) -> EpisodeState:
    return cast(EpisodeState, await graph.ainvoke(given(assignment), context=context))


def given(assignment: Assignment) -> EpisodeInput:
    """What starts the episode."""
    return EpisodeInput(user=assignment["user"], episode=assignment["episode"], at=assignment["at"])


def draw_users(users: int, count: int, seed: int | list[int]) -> list[int]:
    """Users in an order made from the seed; nobody is met again before everybody was met."""
    rng = np.random.default_rng(seed)
    rounds = [rng.permutation(users) for _ in range(-(-count // users))]
    return [int(user) for user in np.concatenate(rounds)[:count]]


def build_trainer(
    load: Load = load_parts,
    play: Play = play_here,
    committed: Committed | None = None,
    checkpointer: BaseCheckpointSaver[str] | None = None,
) -> TrainerGraph:
    """The compiled trainer; `play` plays one episode, `committed` is told the memories' sizes.

    The checkpointer is that of episodes which `play` plays on threads of their own.
    """
    episodes = build_graph(load, checkpointer)
    parts_of = LoadedNodes(load).parts

    async def draw(state: TrainerState, runtime: Runtime[Context]) -> dict[str, Any]:
        context = context_of(runtime)
        if context.human:
            raise WorldError("a training meets simulated users only: leave human out")
        users = state.get("users")
        if users is None:
            world = (await parts_of(context)).world
            count = _counted("episodes", state.get("episodes", EPISODES))
            users = draw_users(world.users, count, context.seed)
        return {
            "drawn": users,
            "batch": _counted("batch", state.get("batch", BATCH)),
            "name": state.get("name") or uuid.uuid4().hex,
            "at": time.time_ns() // 1_000_000 if state.get("at") is None else state["at"],
            "dealt": 0,
            "played": Overwrite([]),
            "outcomes": Overwrite([]),
            "rows": {},
        }

    async def episode(state: Assignment, runtime: Runtime[Context]) -> dict[str, Any]:
        context = context_of(runtime)
        return {"played": [await play(episodes, state, _unlearning(context))]}

    async def commit(state: TrainerState, runtime: Runtime[Context]) -> dict[str, Any]:
        context = context_of(runtime)
        played = sorted(state["played"], key=lambda one: one["assignment"]["number"])
        rows = dict[str, int]()
        if context.learns():
            parts = await parts_of(context)
            memories, names = parts.memories, parts.grounder.names
            taught = [lessons(one["state"], names) for one in played if one["state"]]
            await asyncio.to_thread(memories.commit_all, taught)
            counts = await asyncio.to_thread(memories.counts)
            rows = {name: counts[name] for name in counts}
        if committed and played:
            committed(played[0]["assignment"]["batch"], rows)
        return {
            "dealt": state["dealt"] + len(played),
            "played": Overwrite([]),
            "outcomes": [_outcome(one) for one in played],
            "rows": rows,
        }

    builder = StateGraph(TrainerState, context_schema=Context, input_schema=TrainerInput)
    builder.add_node("draw", draw, metadata={"description": "Draws the users to be met."})
    builder.add_node(
        "episode",
        episode,
        metadata={"description": "Plays one episode with one user; many side by side."},
    )
    builder.add_node(
        "commit",
        commit,
        metadata={"description": "Commits what the batch taught, in the order of its episodes."},
    )
    builder.add_edge(START, "draw")
    builder.add_conditional_edges("draw", deal, ["episode", END])
    builder.add_edge("episode", "commit")
    builder.add_conditional_edges("commit", deal, ["episode", END])
    return builder.compile(name="trainer")


def deal(state: TrainerState) -> Any:
    """The next batch, each episode by itself; or the end."""
    users, first = state["drawn"], state["dealt"]
    numbers = range(first, min(first + state["batch"], len(users)))
    return [
        Send(
            "episode",
            Assignment(
                user=users[number],
                episode=f"{state['name']}/{number:04d}",
                at=state["at"] + number,
                number=number,
                batch=first // state["batch"] + 1,
            ),
        )
        for number in numbers
    ] or END


def _unlearning(context: Context) -> Context:
    """An episode's own node commits nothing: the batch does."""
    return replace(context, learn=False)


def _counted(name: str, number: object) -> int:
    if type(number) is not int or number < 1:
        raise WorldError(f"{name} must be a whole number from 1, not {number!r}")
    return number


def _outcome(one: Played) -> Outcome:
    state, assignment = one["state"], one["assignment"]
    ending = state["ending"] if state else None
    return Outcome(
        number=assignment["number"],
        batch=assignment["batch"],
        user=assignment["user"],
        rounds=ending["rounds"] if ending else 0,
        total_reward=ending["total_reward"] if ending else 0.0,
        cause=ending["cause"] if ending else None,
        failure=one["failure"],
    )


graph = build_trainer()
