"""The user, as a node: receives an item, rates it, stays or leaves; simulated, or a person."""

import time
from typing import Any

from nodes.context import Context
from nodes.parts import Parts
from nodes.person import UnclearAnswerError, ask
from nodes.state import Choice, Ending, EpisodeState, Leaving, Step
from nodes.tools import shown_items
from nodes.trajectory import brief
from simulator import RATING_MIN, Response, user_response

DAY = 86_400_000  # milliseconds


async def receive(state: EpisodeState, context: Context, parts: Parts) -> dict[str, Any]:
    """Shows the chosen item to the user and records the round."""
    choice = state["choice"]
    if choice is None:
        raise ValueError("there is no item to show: the Actor has not chosen one")
    if state.get("person") is not None:
        return _hear(state, choice, context, parts)
    response = _respond(state, choice, parts)  # arithmetic on one item: a thread would cost more
    return _round(state, choice, context, response.reward, response.cause)


def _hear(state: EpisodeState, choice: Choice, context: Context, parts: Parts) -> dict[str, Any]:
    """Waits for what a person says; their last item is no round when they end without a word.

    An answer that is refused changes nothing but the question, which is then asked afresh: were it
    asked again here, LangGraph would give this node the refused answer too, every time it runs.
    """
    try:
        answer = ask(state, choice, context, parts.world.catalogue)
    except UnclearAnswerError as error:
        return {"refused": str(error)}
    if answer.rating is None and not answer.leaves:
        return {"choice": None, "ending": ending(state["steps"], None)}
    over = answer.ends or expired(state, context)
    reward = RATING_MIN if answer.rating is None else answer.rating
    return _round(state, choice, context, reward, "left" if answer.leaves else None, over=over)


def _round(
    state: EpisodeState,
    choice: Choice,
    context: Context,
    reward: float,
    cause: Leaving | None,
    *,
    over: bool = False,
) -> dict[str, Any]:
    step = Step(
        round=len(state["steps"]) + 1,
        thought=state["thought"],
        plan=brief(state["thought"]),
        reply=choice["reply"],
        item=choice["item"],
        found=choice["found"],
        reward=round(reward, 4),
        quit=cause,
    )
    ended = over or cause is not None or step["round"] >= context.max_rounds
    steps = [*state["steps"], step]
    ended_so = ending(steps, cause) if ended else None
    return {"choice": None, "steps": [step], "ending": ended_so}


def expired(state: EpisodeState, context: Context) -> bool:
    """Whether a person's session has been open for too long to be one."""
    return now() - state["opened"] > context.max_days * DAY


def now() -> int:
    """Milliseconds: episodes are told apart and ordered by when they began."""
    return time.time_ns() // 1_000_000


def ending(steps: list[Step], cause: Leaving | None) -> Ending:
    """How the session went: the user quit (terminated) or the cap cut it off (truncated)."""
    total = sum((step["reward"] for step in steps), 0.0)
    return Ending(
        terminated=cause is not None,
        truncated=cause is None,
        cause=cause,
        rounds=len(steps),
        mean_reward=round(total / max(1, len(steps)), 4),
        total_reward=round(total, 4),
    )


def _respond(state: EpisodeState, choice: Choice, parts: Parts) -> Response:
    catalogue = parts.world.catalogue
    item = catalogue.find(choice["item"])
    if item is None:
        raise ValueError(f"{choice['item']!r} is not in the catalogue: ground it first")
    user = parts.world.check_user(state["user"])
    return user_response(parts.half, parts.rule, user, shown_items(state, catalogue), item)
