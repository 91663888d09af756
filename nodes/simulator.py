"""The user's node: rates the shown item, then stays or leaves; simulated, or a person."""

import time
from typing import Any

from nodes.context import Context
from nodes.parts import Parts
from nodes.person import UnclearAnswerError, ask_person
from nodes.state import Choice, Ending, EpisodeState, LeaveCause, Step
from nodes.trajectory import brief, shown_items
from simulator import RATING_MIN, user_response

DAY = 86_400_000  # milliseconds


async def respond(state: EpisodeState, context: Context, parts: Parts) -> dict[str, Any]:
    """Shows the chosen item to the user and records the round."""
    choice = state["choice"]
    if choice is None:
        raise ValueError("there is no item to show: the Actor has not chosen one")
    if state.get("person") is not None:
        return _respond_as_person(state, choice, context, parts)
    catalogue = parts.world.catalogue
    item = catalogue.find(choice["item"])
    if item is None:
        raise ValueError(f"{choice['item']!r} is not in the catalogue: ground it first")
    user = parts.world.check_user(state["user"])
    shown = shown_items(state, catalogue)
    # on the event loop: it takes less time than handing it to a thread
    response = user_response(parts.half, parts.rule, user, shown, item)
    return record(state, choice, context, response.reward, response.cause)


def _respond_as_person(
    state: EpisodeState, choice: Choice, context: Context, parts: Parts
) -> dict[str, Any]:
    """Waits for a person's answer; without a rating, "end" drops the round of the open item.

    A refused answer only updates the question, and the graph runs this node again: LangGraph
    passes every earlier answer to a node that asks twice in one run, the refused one too.
    """
    try:
        answer = ask_person(state, choice, context, parts.world.catalogue)
    except UnclearAnswerError as error:
        return {"refused": str(error)}
    if answer.rating is None and not answer.leaves:
        return {"choice": None, "ending": ending(state["steps"], None)}
    over = answer.ends or has_expired(state, context)
    reward = RATING_MIN if answer.rating is None else answer.rating
    return record(state, choice, context, reward, "left" if answer.leaves else None, over=over)


def record(
    state: EpisodeState,
    choice: Choice,
    context: Context,
    reward: float,
    cause: LeaveCause | None,
    *,
    over: bool = False,
) -> dict[str, Any]:
    """The round with its rating, and the ending if the session is `over` with it."""
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
    if "evidence" in choice:
        step["evidence"] = choice["evidence"]
    over = over or cause is not None or step["round"] >= context.max_rounds
    end = ending([*state["steps"], step], cause) if over else None
    return {"choice": None, "steps": [step], "ending": end}


def has_expired(state: EpisodeState, context: Context) -> bool:
    """Whether a person's session has been open for more than `max_days`."""
    return now() - state["opened"] > context.max_days * DAY


def now() -> int:
    """Milliseconds since 1970; episodes are ordered by when they began."""
    return time.time_ns() // 1_000_000


def ending(steps: list[Step], cause: LeaveCause | None) -> Ending:
    """How the session went: the user quit (terminated) or it was cut off (truncated)."""
    total = sum((step["reward"] for step in steps), 0.0)
    return Ending(
        terminated=cause is not None,
        truncated=cause is None,
        cause=cause,
        rounds=len(steps),
        mean_reward=round(total / max(1, len(steps)), 4),
        total_reward=round(total, 4),
    )
