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
from nodes.state import EpisodeState, Recall, Usage, Verdict
from nodes.value_memory import Recalled, examples_text, recall_values
from simulator import RATING_MAX

STEPS = 100
EQUAL_AT = 5  # so many recalled values weigh as much as the reply
LEARNED = 0.2  # of each advantage, by which the values of a session move


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
    if ending and ending["terminated"]:  # a final state has no future, so no call is made
        return judged(state, 0.0, context, parts)
    made = await estimate(state, context, parts)
    update = judged(state, made.value, context, parts)
    return {**update, "usage": [made.usage], "recalls": as_recalls(state, made.recalled)}


def is_to_judge(state: EpisodeState) -> bool:
    """Whether the state is the first one, or its last round has no verdict yet."""
    # "end" without a rating leaves no round
    return not state["steps"] or len(state["verdicts"]) < len(state["steps"])


def judged(state: EpisodeState, value: float, context: Context, parts: Parts) -> dict[str, Any]:
    """The update with V(s) of the state as it is now, and the verdict on its last round."""
    if not state["steps"]:
        return {"value": value}
    reward = state["steps"][-1]["reward"]
    verdict = judge(len(state["steps"]), reward, state["value"], value, context.gamma)
    if context.learning != "paper":
        before = state["steps"][:-1]
        verdict["situation"] = situation(
            state["history"], before, parts.world.catalogue, context.learning
        )
    return {"value": value, "verdicts": [verdict]}


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
    return Form.one_of(round(top * step / STEPS, 1) for step in range(STEPS + 1))


async def estimate(state: EpisodeState, context: Context, parts: Parts) -> Estimate:
    """V(s) by the chat model, with values of similar states as examples (Eq. 13, 14).

    Unless as in the paper, it is blended with the mean of more such values than a prompt holds,
    and with what the session's own rounds were better or worse than expected.
    """
    recalled = await recall(state, context, parts)
    top = highest_value(context.gamma)
    reply, usage = await ask_about(
        state,
        parts,
        "critic",
        told_to_critic(recalled, context) + prompts.CRITIC.format(top=top),
        lambda said: parse_value(said, top),
        lambda _: likely_value(recalled, top),
        scale(top),
    )
    return Estimate(blend(reply, recalled, state, context), reply, recalled, usage)


async def recall(state: EpisodeState, context: Context, parts: Parts) -> Recalled:
    """Values of situations like the state's; those who watch are told of them."""
    text = situation(state["history"], state["steps"], parts.world.catalogue, context.learning)
    recalled = await recall_values(state, text, context, parts)
    told = [(hit.row.text, hit.distance) for hit in recalled.hits[:RECALLED]]
    announce_recalled(len(state["steps"]) + 1, "critic", "values", told)
    return recalled


def as_recalls(state: EpisodeState, recalled: Recalled) -> list[Recall]:
    """The record of what was recalled for the coming round."""
    return recalls("critic", "values", len(state["steps"]) + 1, list(recalled.hits))


def likely_value(recalled: Recalled, top: float) -> float:
    """What stands for a value that the model does not give: the mean of similar ones, or half."""
    return top / 2 if recalled.mean is None else min(recalled.mean, top)


def told_to_critic(recalled: Recalled, context: Context) -> str:
    """What stands before the Critic's turn."""
    return section("Values of similar situations", examples_text(recalled, context))


def blend(reply: float, recalled: Recalled, state: EpisodeState, context: Context) -> float:
    """The reply, the mean of recalled values, and the surprises of the session so far.

    Recalled values weigh the more the more there are. An advantage says that values of this session
    are too low or too high, as temporal differences do. In the paper the value is the reply.
    """
    if context.learning == "paper":
        return reply
    value = reply
    if (known := recalled.mean) is not None:
        weight = len(recalled.values) / (len(recalled.values) + EQUAL_AT)
        value = weight * known + (1 - weight) * reply
    surprise = LEARNED * sum(judged["advantage"] for judged in state["verdicts"])
    return min(max(value + surprise, 0.0), highest_value(context.gamma))
