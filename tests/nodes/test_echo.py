"""Replies that repeat their prompt are no answers."""

import pytest

from nodes import prompts
from nodes.parsing.echo import EchoError, not_an_echo
from nodes.parsing.plan import parse_plan
from nodes.parsing.reflection import parse_reflection

plan = not_an_echo(parse_plan, prompts.SYSTEM + prompts.PLANNER)
reflection = not_an_echo(parse_reflection, prompts.SYSTEM + prompts.REFLECTOR)

QUESTION = prompts.REFLECTOR.format(ending="The user left in round 3.").splitlines()[1]


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        ("They liked Puzzle. Next: <kind>, then <kind>.", "not filled in"),
        ('1. plan: Next: Racing. | shown "Jade Engine" [Racing] | rated 4.0', "session again"),
        ("Mix kinds they like with careful steps into others, and change a plan.", "repeats"),
        ("The goal is a long session of items that the user is glad to have met.", "repeats"),
    ],
)
def test_a_plan_that_repeats_its_prompt_is_refused(reply: str, why: str) -> None:
    with pytest.raises(EchoError, match=why):
        plan(reply)


@pytest.mark.parametrize(
    "reply",
    [
        "They liked the Survival genre and found Rhythm interesting. Next: Sports, then Survival.",
        "Next: Puzzle.",
        "Plan to change a plan that disappointed: Racing was rated 2, so rest it. Next: Farming.",
    ],
)
def test_a_plan_of_its_own_words_is_taken(reply: str) -> None:
    assert plan(reply) == reply


def test_a_reflection_that_is_its_question_is_refused() -> None:
    with pytest.raises(EchoError, match="repeats the instructions"):
        reflection(QUESTION)
