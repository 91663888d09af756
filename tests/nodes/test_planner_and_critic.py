"""The Planner and the Critic in one call: two answers of one reply, or a repair."""

import pytest

from nodes import Context, plan_and_criticise
from nodes.parsing.reply import UnusableReplyError
from nodes.parsing.value import parse_labelled_value
from nodes.prompts import NO_PLAN
from stores import Memories, SentenceEmbedder
from tests.nodes.conftest import Witness, episode, parts_of, steps_of

PLAN = "They like Puzzle. Next: Strategy, then Racing."


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        (f"Thought: {PLAN}\nValue: 7.5", 7.5),
        (f"{PLAN}\n**Value:** 3 out of 10", 3.0),
        (f"Value: 12\nThought: {PLAN}", 10.0),
        (f'{{"thought": "{PLAN}", "value": 4}}', 4.0),
    ],
)
async def test_one_reply_gives_the_plan_and_the_value(
    reply: str, value: float, embedder: SentenceEmbedder, memories: Memories
) -> None:
    parts = parts_of(embedder, memories, {"planner": [reply]})
    update = await plan_and_criticise(episode(), Context(), parts)
    assert (update["thought"], update["value"]) == (PLAN, value)
    assert [(used["role"], used["calls"]) for used in update["usage"]] == [("planner", 1)]


@pytest.mark.parametrize("reply", [PLAN, f"{PLAN} 3 rounds later, 7.", "", '{"thought": "x"}'])
def test_a_number_in_a_plan_is_no_value(reply: str) -> None:
    with pytest.raises(UnusableReplyError, match="Value"):
        parse_labelled_value(reply, 10)


async def test_a_reply_without_a_value_is_asked_again_for_both(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    witness = Witness()
    replies = [PLAN, f"{PLAN}\nValue: 6"]
    parts = parts_of(embedder, memories, {"planner": replies}, witness=witness)
    update = await plan_and_criticise(episode(), Context(), parts)
    assert (update["thought"], update["value"], update["usage"][0]["calls"]) == (PLAN, 6.0, 2)
    assert 'expected a line "Value: "' in witness.prompts[1][-1].text


async def test_without_a_usable_reply_the_plan_is_the_usual_one_and_the_value_half(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    parts = parts_of(embedder, memories, {"planner": ["no idea"]})
    update = await plan_and_criticise(episode(), Context(), parts)
    assert (update["thought"], update["value"]) == (NO_PLAN, 5.0)


async def test_the_last_round_is_judged_once(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    parts = parts_of(embedder, memories, {"planner": [f"{PLAN}\nValue: 6"]})
    state = episode(steps=steps_of(["Opal Ferry"]))
    update = await plan_and_criticise(state, Context(), parts)
    assert [verdict["round"] for verdict in update["verdicts"]] == [1]
    again = await plan_and_criticise({**state, "verdicts": update["verdicts"]}, Context(), parts)
    assert "verdicts" not in again
