"""The Critic (Eq. 12 to 16)."""

import asyncio
from typing import Any

from models import Form
from nodes import prompts
from nodes.ask import ask_about
from nodes.context import Context
from nodes.learning import recalls, values
from nodes.parsing.value import parse_value
from nodes.parts import Parts
from nodes.prompts import section
from nodes.situation import situation
from nodes.state import EpisodeState, Verdict
from nodes.trajectory import quoted, titles_of
from simulator import RATING_MAX, clean_title
from stores import Hit

EXAMPLES = 4
EXAMPLE_TITLES = 3
STEPS = 100


async def criticise(state: EpisodeState, context: Context, parts: Parts) -> dict[str, Any]:
    """Values the state as it is now, and with that judges the round that led to it."""
    ending = state["ending"]
    if ending and ending["terminated"]:
        update: dict[str, Any] = {"value": 0.0}  # a final state has no future, so no call is made
    else:
        update = await _value(state, context, parts)
    if state["steps"]:
        reward = state["steps"][-1]["reward"]
        judged = judge(len(state["steps"]), reward, state["value"], update["value"], context.gamma)
        if context.learning != "paper":
            before = state["steps"][:-1]
            judged["situation"] = situation(
                state["history"], before, parts.world.catalogue, context.learning
            )
        update["verdicts"] = [judged]
    return update


def judge(round_: int, reward: float, value: float, next_value: float, gamma: float) -> Verdict:
    """The advantage and its sign (Eq. 15), and the estimate that replaces V(s) (Eq. 16)."""
    target = reward + gamma * next_value
    advantage = round(target - value, 4)  # else rounding errors decide ties
    return Verdict(
        round=round_,
        value=round(value, 4),
        next_value=round(next_value, 4),
        advantage=advantage,
        target=round(target, 4),
        verdict=1 if advantage >= 0 else 0,
    )


def highest_value(gamma: float) -> float:
    """The discounted sum of best ratings without end."""
    return RATING_MAX / (1.0 - gamma)


def scale(top: float) -> Form:
    """The numbers that a value may be: a hundred steps from 0 to the highest."""
    return Form(tuple(round(top * step / STEPS, 1) for step in range(STEPS + 1)))


async def _value(state: EpisodeState, context: Context, parts: Parts) -> dict[str, Any]:
    """V(s) by the chat model, with estimates of similar states as examples (Eq. 13, 14)."""
    hits = await asyncio.to_thread(
        parts.memories.within,
        "values",
        situation(state["history"], state["steps"], parts.world.catalogue, context.learning),
        context.tau_critic,
        own=values(state),
    )
    round_ = len(state["steps"]) + 1
    top = highest_value(context.gamma)
    examples = section("Values of similar situations", _examples(hits))
    turn = prompts.CRITIC.format(values=examples, round=round_, top=top)
    known = [_target(hit) for hit in hits]
    # without a number from the model: the mean of similar states, or half of the highest value
    default = min(sum(known) / len(known), top) if known else top / 2
    value, usage = await ask_about(
        state,
        parts,
        "critic",
        turn,
        lambda reply: parse_value(reply, top),
        lambda _: default,
        scale(top),
    )
    found = {"recalls": recalls("critic", "values", round_, hits)} if hits else {}
    return {"value": value, "usage": [usage], **found}


def _examples(hits: list[Hit]) -> str:
    lines = []
    for hit in hits[:EXAMPLES]:  # titles are cleaned, since a memory may have been imported
        titles = [clean_title(title) for title in titles_of(hit.row.text)[-EXAMPLE_TITLES:]]
        lines.append(f"- after {', '.join(map(quoted, titles))}: worth {_target(hit):.1f}")
    return "\n".join(lines)


def _target(hit: Hit) -> float:
    return float(hit.row.entries["value"]["target"])
