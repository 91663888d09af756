"""The trainer graph: batches of concurrent episodes, whose lessons are committed in order.

    START -> draw -> episode x batch -> commit -> episode x batch -> commit ... -> END

Episodes of one batch do not see each other's lessons; these are committed together, in the order
of the episodes' numbers. So what is learned depends on the batch size, and not on how many episodes
run at once or which of them ends first.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import Overwrite, Send

from graph.checked import CheckedGraph, checked
from graph.clients import context_of
from graph.episode import EpisodeGraph, build_graph
from graph.load import Load, PartsCache, load_parts
from graph.progress import CommitEvent, EpisodeEvent, tell_progress
from graph.training import (
    Assignment,
    Played,
    TrainerInput,
    TrainerState,
    check_step_limit,
    ends_training,
    episode_failure,
    episode_input,
    outcome_of,
)
from nodes import Context, EpisodeState, Parts, lessons
from nodes.input_limits import LARGEST_BATCH, LATEST_START, MOST_EPISODES
from nodes.simulator import now
from simulator import WorldError
from stores import MemoryName

EPISODES, BATCH = 20, 5

TrainerGraph = CheckedGraph[TrainerState, TrainerInput]
Play = Callable[[EpisodeGraph, Assignment, Context], Awaitable[Played]]
OnCommit = Callable[[int, Mapping[str, int]], None]


async def play_inline(graph: EpisodeGraph, assignment: Assignment, context: Context) -> Played:
    """Plays an episode as part of the trainer's own run, on its checkpoints and streams."""
    try:
        state = await graph.ainvoke(episode_input(assignment), context=context)
    except Exception as error:  # a chat model's server may cause any
        if ends_training(error):
            raise
        return Played(assignment=assignment, state=None, failure=episode_failure(error))
    return Played(assignment=assignment, state=cast(EpisodeState, state), failure=None)


def draw_users(users: int, count: int, seed: int | list[int]) -> list[int]:
    """Users in a seeded random order; all of them are drawn before any is drawn again."""
    rng = np.random.default_rng(seed)
    rounds = [rng.permutation(users) for _ in range(-(-count // users))]
    return [int(user) for user in np.concatenate(rounds)[:count]]


def build_trainer(
    load: Load = load_parts,
    play: Play = play_inline,
    on_commit: OnCommit | None = None,
    checkpointer: BaseCheckpointSaver[str] | None = None,
) -> TrainerGraph:
    """The compiled trainer; `on_commit` is called with each batch's number and memory sizes.

    The checkpointer is for episodes that `play` plays on threads of their own.
    """
    episodes = build_graph(load, checkpointer)
    parts_cache = PartsCache(load)

    async def draw(state: TrainerState, runtime: Runtime[Context]) -> dict[str, Any]:
        context = context_of(runtime)
        if context.human:
            raise WorldError("a training meets simulated users only: leave human out")
        users = state.get("users")
        if users is None:
            world = (await parts_cache.get(context)).world
            count = _whole("episodes", state.get("episodes", EPISODES), 1, MOST_EPISODES)
            users = draw_users(world.users, count, context.seed)
        batch = _whole("batch", state.get("batch", BATCH), 1, LARGEST_BATCH)
        started = now() if state.get("at") is None else state["at"]
        latest = LATEST_START - len(users)  # each episode starts one later
        check_step_limit(state["remaining_steps"], len(users), batch)
        return {
            "drawn": users,
            "batch": batch,
            "name": state.get("name") or uuid.uuid4().hex,
            "at": _whole("at", started, 0, latest),
            "dealt": 0,
            "played": Overwrite([]),
            "outcomes": Overwrite([]),
            "rows": {},
        }

    async def episode(state: Assignment, runtime: Runtime[Context]) -> dict[str, Any]:
        # the batch is committed as a whole, so the episode itself commits nothing
        context = replace(context_of(runtime), learn=False)
        started = EpisodeEvent(
            event="episode", number=state["number"], user=state["user"], status="started"
        )
        with tell_progress(runtime.stream_writer, started):
            return {"played": [await play(episodes, state, context)]}

    async def commit(state: TrainerState, runtime: Runtime[Context]) -> dict[str, Any]:
        context = context_of(runtime)
        played = sorted(state["played"], key=lambda one: one["assignment"]["number"])
        rows = dict[str, int]()
        if context.learns():
            async with parts_cache.use(context) as parts:
                counts = await asyncio.to_thread(_commit, played, context, parts)
            rows = {name: counts[name] for name in counts}
        dealt = state["dealt"] + len(played)
        if played:
            batch = played[0]["assignment"]["batch"]
            runtime.stream_writer(CommitEvent(event="commit", batch=batch, episodes=dealt))
            if on_commit:
                on_commit(batch, rows)
        return {
            "dealt": dealt,
            "played": Overwrite([]),
            "outcomes": [outcome_of(one) for one in played],
            "rows": rows,
        }

    builder = StateGraph(TrainerState, context_schema=Context, input_schema=TrainerInput)
    described = "Draws the users to be met."
    builder.add_node("draw", draw, metadata={"description": described})
    described = "Plays one episode with one user; many side by side."
    builder.add_node("episode", episode, metadata={"description": described})
    described = "Commits what the batch taught, in the order of its episodes."
    builder.add_node("commit", commit, metadata={"description": described})
    builder.add_edge(START, "draw")
    builder.add_conditional_edges("draw", _next_batch, ["episode", END])
    builder.add_edge("episode", "commit")
    builder.add_conditional_edges("commit", _next_batch, ["episode", END])
    return checked(builder.compile(name="trainer"))


def _commit(played: Sequence[Played], context: Context, parts: Parts) -> Mapping[MemoryName, int]:
    """Commits what a batch taught; returns the number of rows per memory."""
    taught = [lessons(one["state"], context, parts) for one in played if one["state"]]
    parts.memories.commit_all(taught)
    return parts.memories.counts()


def _next_batch(state: TrainerState) -> Any:
    """One `Send` an episode of the next batch, or the end."""
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


def _whole(name: str, number: object, least: int, most: int) -> int:
    if type(number) is not int or not least <= number <= most:
        raise WorldError(f"{name} must be a whole number from {least} to {most}, not {number!r}")
    return number


graph = build_trainer()
