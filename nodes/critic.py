"""The Critic (Eq. 12 to 16)."""

from dataclasses import dataclass
from typing import Any

from models import Form
from nodes import prompts
from nodes.announce import announce_recalled
from nodes.ask import ask_about
from nodes.context import Context
from nodes.learning import RECALLED, recalls
from nodes.parsing.value import parse_value
from nodes.parts import Parts
from nodes.prompts import section
from nodes.situation import situation
from nodes.state import EpisodeState, Usage, Verdict
from nodes.value_memory import Recalled, examples_text, recall_values
from simulator import RATING_MAX

STEPS = 100
EQUAL_AT = 20  # so many recalled values weigh as much as the reply


@dataclass(frozen=True)
class Estimate:
    """V(s), and what it was made of: the model's reply, and values of similar situations."""

    value: float
    reply: float
    recalled: Recalled
    usage: Usage


async def criticise(state: EpisodeState, context: Context, parts: Parts) -> dict[str, Any]:
    """Values the state as it is now, and with that judges the round that led to it."""
    ending = state["ending"]
    update: dict[str, Any] = {"value": 0.0}  # a final state has no future, so no call is made
    if not (ending and ending["terminated"]):
        made = await estimate(state, context, parts)
        update = {"value": made.value, "usage": [made.usage]}
        if hits := made.recalled.hits:
            update["recalls"] = recalls("critic", "values", len(state["steps"]) + 1, list(hits))
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


async def estimate(state: EpisodeState, context: Context, parts: Parts) -> Estimate:
    """V(s) by the chat model, with values of similar states as examples (Eq. 13, 14).

    Unless as in the paper, it is blended with the mean of more such values than a prompt holds.
    """
    text = situation(state["history"], state["steps"], parts.world.catalogue, context.learning)
    recalled = await recall_values(state, text, context, parts)
    told = [(hit.row.text, hit.distance) for hit in recalled.hits[:RECALLED]]
    announce_recalled(len(state["steps"]) + 1, "critic", "values", told)
    top = highest_value(context.gamma)
    examples = section("Values of similar situations", examples_text(recalled, context))
    turn = prompts.CRITIC.format(values=examples, round=len(state["steps"]) + 1, top=top)
    # without a number from the model: the mean of similar states, or half of the highest value
    known = recalled.mean
    default = top / 2 if known is None else min(known, top)
    reply, usage = await ask_about(
        state,
        parts,
        "critic",
        turn,
        lambda said: parse_value(said, top),
        lambda _: default,
        scale(top),
    )
    value = reply if context.learning == "paper" else blend(reply, recalled, top)
    return Estimate(value, reply, recalled, usage)


def blend(reply: float, recalled: Recalled, top: float) -> float:
    """The reply and the mean of recalled values, which weigh the more the more there are."""
    known = recalled.mean
    if known is None:
        return reply
    weight = len(recalled.values) / (len(recalled.values) + EQUAL_AT)
    return min(weight * known + (1 - weight) * reply, top)
