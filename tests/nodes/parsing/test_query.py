"""The catalogue is searched by what a plan says to show, not by what it says of earlier rounds."""

import re
from pathlib import Path

import pytest

from nodes.parsing.plan import parse_plan
from nodes.parsing.query import QUERY_LIMIT, said_to_show, titles_named, with_quotes
from tests.nodes.conftest import records

LOOKS_BACK = re.compile(r"(?:the|this|that|these|they|it|users?|however|overall|i have)\b", re.I)
LOOKS_AHEAD = re.compile(
    r"\b(?:should|would|could|will|can|next|crucial|consider|continu(?:e|ing)|recommend(?:ing)?"
    r"|suggest(?:ing)?|try(?:ing)?|focus|provide|introduce|offer|explore)\b",
    re.IGNORECASE,
)
MOST_LOOKING_BACK = 0.01  # of all; 71 % when the first sentence with "recommendation" was taken


@pytest.mark.parametrize(
    ("plan", "query"),
    [
        ("They like Forest, not City. Next: Mountain, then Coast.", "Next: Mountain, then Coast."),
        ("Next: Puzzle, Arcade. Avoid for now: Horror. They like Puzzle.", "Next: Puzzle, Arcade."),
        ("They like A. **Next:** B. They should be shown no C.", "**Next:** B."),
        ("They gave A a 5. Next: 1. Forest and Coast.", "Next: 1. Forest and Coast."),
        (
            "The user seems to have responded positively to the recommendation. "
            "I should recommend a puzzle next.",
            "I should recommend a puzzle next.",
        ),
        (
            "They enjoyed it. I should recommend a racing game. "
            "Additionally, I should avoid recommending what they have played.",
            "I should recommend a racing game.",
        ),
        ("The recommendation was disliked. Puzzles should come now.", "Puzzles should come now."),
        ("Puzzles first.", "Puzzles first."),
        ("They like snow. Trains, too.", "They like snow. Trains, too."),
        ("", ""),
    ],
)
def test_the_query_is_the_last_sentence_that_says_what_to_show(plan: str, query: str) -> None:
    assert said_to_show(plan) == query


def test_a_long_sentence_begins_where_it_says_what_to_show() -> None:
    back = "Since the user has seen so many kinds of puzzles in all of the rounds of this session, "
    query = said_to_show(f"{back * 2}I should recommend a racing game.")
    assert query == "recommend a racing game."


def test_queries_of_recorded_plans_look_ahead(reference: Path) -> None:
    files = sorted((reference / "transcripts").glob("*.jsonl.gz"))
    steps = [step for file in files for game in records(file) for step in game["steps"]]
    queries = [said_to_show(parse_plan(step["thought"])) for step in steps]
    back = [one for one in queries if LOOKS_BACK.match(one) and not LOOKS_AHEAD.search(one)]
    assert len(queries) > 2900
    assert len(back) <= MOST_LOOKING_BACK * len(queries), back
    assert all(0 < len(query) <= QUERY_LIMIT for query in queries)


@pytest.mark.parametrize(
    ("plan", "titles"),
    [
        ("Next: Puzzle.", []),
        ('Such as "Jade Engine" and "Dr. Who".', ["Jade Engine", "Dr. Who"]),
        ("Such as \u201cJade Engine\u201d.", ["Jade Engine"]),
        ('Such as "Say \u201cHi\u201d Again", "Plain".', ["Say \u201cHi\u201d Again", "Plain"]),
        ('Such as "Jade Engine', []),
        ('Such as "" and "Plain"', ["Plain"]),
    ],
)
def test_what_a_plan_has_in_quotation_marks_is_named(plan: str, titles: list[str]) -> None:
    assert titles_named(plan) == titles


@pytest.mark.parametrize(
    ("plan", "titles", "named"),
    [
        # as 0.5B and 1.5B models name what the Planner is told of
        ("Such as Left 4 Dead 2, Garry's Mod.", ["Garry's Mod", "Dota 2"], ["Garry's Mod"]),
        ("Such as: Left 4 Dead 2 and Dota 2", ["Left 4 Dead", "Left 4 Dead 2"], ["Left 4 Dead 2"]),
        ('Such as "Left 4 Dead 2".', ["Left 4 Dead 2", "Dead"], ["Left 4 Dead 2"]),
        ("Next: Portal 2.", ["Portal"], []),
        ("Next: Rusty things.", ["Rust", ""], []),
        ("Next: (C) [d]+ items.", ["(C) [d]+"], ["(C) [d]+"]),
        ("Next: Puzzle.", [], []),
    ],
)
def test_titles_that_a_plan_may_name_need_no_quotation_marks(
    plan: str, titles: list[str], named: list[str]
) -> None:
    quoted = with_quotes(plan, titles)
    assert titles_named(quoted) == named
    assert quoted.replace('"', "") == plan.replace('"', "")
