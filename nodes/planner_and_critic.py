"""The Planner and the Critic in one call, which saves a third of all calls."""

from typing import Any

from nodes import prompts
from nodes.ask import ask_about
from nodes.context import Context
from nodes.critic import (
    as_recalls,
    blend,
    highest_value,
    is_to_judge,
    judged,
    likely_value,
    recall,
    told_to_critic,
)
from nodes.parsing.value import parse_labelled_value
from nodes.parts import Parts
from nodes.planner import plan, plan_parser, told_to_planner
from nodes.state import EpisodeState


async def plan_and_criticise(state: EpisodeState, context: Context, parts: Parts) -> dict[str, Any]:
    """Plans the coming rounds and values the state, by one reply of two lines.

    The call counts as the Planner's. A state that was valued before is only planned for.
    """
    if not is_to_judge(state):
        return await plan(state, context, parts)
    told = await told_to_planner(state, context, parts)
    recalled = await recall(state, context, parts)
    top = highest_value(context.gamma)
    round_ = len(state["steps"]) + 1
    turn = prompts.PLANNER_AND_CRITIC.format(round=round_, top=top, extent=told.extent)
    parse_thought = plan_parser(turn, parts)
    (thought, reply), usage = await ask_about(
        state,
        parts,
        "planner",
        told.text + told_to_critic(recalled, context) + turn,
        lambda said: (parse_thought(said), parse_labelled_value(said, top)),
        lambda _: (prompts.NO_PLAN, likely_value(recalled, top)),
        examples=prompts.PLANS_AND_VALUES,
        principles=told.principles,
    )
    update = judged(state, blend(reply, recalled, state, context), context, parts)
    found = [*told.update.pop("recalls", []), *as_recalls(state, recalled)]
    made = {"thought": told.quoted(thought), "recalls": found, "usage": [usage]}
    return {**update, **told.update, **made}
