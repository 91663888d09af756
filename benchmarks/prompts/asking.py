"""Asks a chat model in every situation, through the nodes of an episode."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from benchmarks.prompts.answers import Answer, Asked, Reflected, Valued, chosen, planned
from benchmarks.prompts.recorder import Recorder, watched_parsers
from benchmarks.prompts.situations import Situation
from graph.training import ends_training
from models import ChatCall, Role
from nodes import Context, Parts, act, plan, reflect
from nodes.critic import estimate

ORDER: tuple[Role, ...] = ("planner", "critic", "actor", "reflector")  # as prompt caches meet them

Returns = Mapping[int, Sequence[float]]  # of rollouts, by the number of the situation


@dataclass(frozen=True)
class Stage:
    """The settings and live parts of a world, and the returns from the Critic's situations."""

    context: Context
    parts: Parts
    returns: Returns


async def ask_all(
    situations: Sequence[Situation],
    stages: Mapping[str, Stage],
    chat: ChatCall,
    concurrency: int,
    on_asked: Callable[[Asked], None],
) -> None:
    """Asks in all situations, so many at once.

    The roles of one session follow each other, and worlds take turns, so that a run that is cut off
    has asked about as much of each.
    """
    ordered = sorted(situations, key=lambda one: (one.number, one.world, ORDER.index(one.role)))
    waiting, answered = iter(ordered), 0

    async def work() -> None:
        nonlocal answered
        for situation in waiting:
            asked = await ask_in(situation, stages[situation.world], chat, first=not answered)
            answered += asked.failure is None
            on_asked(asked)

    with watched_parsers():
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(concurrency):
                    group.create_task(work())
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None


async def ask_in(situation: Situation, stage: Stage, chat: ChatCall, *, first: bool) -> Asked:
    """Asks in one situation; a failing call is recorded, unless no call has succeeded yet."""
    recorder = Recorder(chat)
    parts = replace(stage.parts, chat=recorder)
    answer: Answer | None = None
    failure = None
    try:
        answer = await _answer(situation, stage, parts, recorder)
    except Exception as error:  # a chat model's server may cause any
        if first or ends_training(error):
            raise
        failure = f"{type(error).__name__}: {error}"
    ending = situation.state["ending"]
    return Asked(
        number=situation.number,
        world=situation.world,
        role=situation.role,
        user=situation.user,
        round=situation.round,
        calls=recorder.calls,
        answer=answer,
        failure=failure,
        left=ending["terminated"] if ending else None,
    )


async def _answer(situation: Situation, stage: Stage, parts: Parts, recorder: Recorder) -> Answer:
    """What the role's node makes of the model's replies."""
    state, context = situation.state, stage.context
    match situation.role:
        case "planner":
            thought = (await plan(state, context, parts))["thought"]
            return planned(thought, state, parts)
        case "actor":
            choice = (await act(state, context, parts))["choice"]
            fell_back = recorder.calls[-1].refused is not None
            return await asyncio.to_thread(
                chosen, choice, situation, context, parts, is_fallback=fell_back
            )
        case "critic":
            value = (await estimate(state, context, parts)).reply
            return Valued(value, stage.returns.get(situation.number, ()))
        case "reflector":
            update = await reflect(state, context, parts)
            return Reflected(update["reflection"], update["reflection_fields"])
