"""Replies that repeat their prompt are no answers."""

import pytest

from nodes import prompts
from nodes.parsing.echo import EchoError, not_an_echo
from nodes.parsing.plan import parse_plan
from nodes.parsing.reflection import reflection_text

FOREIGN = ("Cake", "City", "Noodles", "Soup", "Birch Hollow")
plan = not_an_echo(parse_plan, prompts.FIXED + prompts.PLANNER, FOREIGN)

ENDED, WHY = prompts.ENDED_BY_USER
TURN = prompts.REFLECTOR.format(facts="", ending=ENDED.format(rounds=3), why=WHY)
QUESTION = TURN.splitlines()[1]
FORM = "\n".join(TURN.splitlines()[2:-1])
reflection = not_an_echo(reflection_text, prompts.FIXED + TURN)


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        ("They like Puzzle. Next: <genre>, then <genre>.", "not filled in"),
        ('1. shown "Jade Engine" [Racing] | rated 4.0', "session again"),
        ("Say which two genres this user likes or dislikes most, then three to show.", "repeats"),
        *((plan, "repeats") for _, plan in prompts.PLANS),
        ("The goal is a long session of items that the user is glad to have met.", "repeats"),
        ("You are the Planner.\nThought:", "repeats"),
        ("The user likes Noodles and Cake, and they dislike Sports. Next: Noodles.", "an example"),
        ('Next: Puzzle, such as "Birch Hollow", then Soup.', "an example"),
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
        "They like Strategy, and build a City. Next: Puzzle; a citywide race; some cake and soup.",
        "Plan to change a plan that disappointed: Racing was rated 2, so rest it. Next: Farming.",
    ],
)
def test_a_plan_of_its_own_words_is_taken(reply: str) -> None:
    assert plan(reply) == reply


def test_a_reflection_that_is_its_question_is_refused() -> None:
    with pytest.raises(EchoError, match="repeats the instructions"):
        reflection(QUESTION)


def test_a_form_that_was_not_filled_in_is_refused() -> None:
    with pytest.raises(EchoError, match="not filled in"):
        reflection(FORM)


def test_a_form_that_was_filled_in_is_taken() -> None:
    filled = "Why: bored\nGenres: Puzzle\nRest: 3\nShow: Racing\nAvoid: Puzzle"
    assert reflection(filled) == filled


def test_a_loop_is_read_once() -> None:
    assert plan(" ".join(["They were bored. Show Racing."] * 9)) == "They were bored. Show Racing."


def test_what_is_to_be_shown_is_no_line_of_the_session() -> None:
    said = 'They like Puzzle. Next to be shown "Plain" and "Quiet Garden".'
    assert plan(said) == said
    with pytest.raises(EchoError):
        plan('1. shown "Plain" [Puzzle] | rated 4.0')
