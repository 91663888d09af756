"""The fields that are read of a Reflector's reply, in the form and in free text."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.parsing.reflection import (
    LONGEST_REST,
    MOST_GENRES,
    NOTE_LIMIT,
    READ,
    parse_reflection,
    reflection_text,
)
from nodes.parsing.reply import UnusableReplyError

GENRES = ("Puzzle", "Role-Playing", "Action", "Action RPG", "Free to Play", "Clothing, Shoes & Co.")
NOTHING = {"why": "unknown", "genres": [], "rest": None, "show": [], "avoid": []}
WORDS = (
    "Why:",
    "Genres:",
    "Rest:",
    "Show:",
    "Avoid:",
    "Puzzle",
    "bored",
    "4 rounds",
    "\n",
    '"',
    "{",
)


def read(reply: str) -> dict[str, Any]:
    """The fields without the note."""
    fields = dict(parse_reflection(reflection_text(reply), GENRES))
    del fields["note"]
    return fields


@pytest.mark.parametrize(
    ("reply", "fields"),
    [
        (
            "Why: bored\nGenres: Puzzles, action rpg\nRest: 4 rounds\nShow: Role Playing, Puzzle\n"
            "Avoid: free-to-play",
            {
                "why": "bored",
                "genres": ["Puzzle", "Action RPG"],
                "rest": 4,
                "show": ["Role-Playing", "Puzzle"],
                "avoid": ["Free to Play"],
            },
        ),
        ("Reflection:\n**Why:** displeased\n- *Rest*: `3`", {"why": "displeased", "rest": 3}),
        ("Why\uff1abored\nRest\uff1a2", {"why": "bored", "rest": 2}),
        ("Why: bored; Genres: Action; Rest: 3", {"why": "bored", "genres": ["Action"], "rest": 3}),
        (
            '{"why": "bored", "genres": ["Puzzle", "Action"], "rest": "3", "show": []}',
            {"why": "bored", "genres": ["Puzzle", "Action"], "rest": 3},
        ),
        (
            '```json\n{"reflection": {"why": "bored",\n"genres": [\n"Puzzle",\n"Action"\n],\n'
            '"rest": 3}}\n```',
            {"why": "bored", "genres": ["Puzzle", "Action"], "rest": 3},
        ),
        ("Why: bored or displeased", {}),
        ("Why: Disappointed\nRest: 3-5", {"why": "displeased", "rest": 3}),
        ("Why: bored\nRest: 1, 2, 3, 4, 5", {"why": "bored"}),
        ("Why: <bored or displeased>\nGenres: Puzzle 5.0\nRest: <rounds>", {"genres": ["Puzzle"]}),
        ("Why: unknown", {}),
        ("Why: bored\nRest: 2\nReflection: The user left.", {"why": "bored", "rest": 2}),
        ("Reflection: Why: bored\nValue: 3\nRest: 2", {"why": "bored", "rest": 2}),
        ("Why: stayed\nGenres: unknown\nRest: none", {"why": "stayed"}),
        ("Why: bored\nWhy: displeased", {"why": "bored"}),
        ("Show: Puzzle, Action\nAvoid: Action", {"show": ["Puzzle"], "avoid": ["Action"]}),
        ("Genres: clothing shoes co", {"genres": ["Clothing, Shoes & Co."]}),
        *((f"Why: bored\nRest: {rest}", {"why": "bored"}) for rest in ("21", "999", "-3", "3.5")),
        *((f"Why: bored\nRest: {rest}", {"why": "bored"}) for rest in ("1e9", "\u0663", "soon")),
    ],
)
def test_the_lines_of_the_form_are_read(reply: str, fields: dict[str, Any]) -> None:
    assert read(reply) == NOTHING | fields


@pytest.mark.parametrize(
    ("reply", "fields"),
    [
        (
            "They were bored by Puzzle. Let a kind rest for 4 rounds or more. Show Action.",
            {"why": "bored", "genres": ["Puzzle"], "rest": 4, "show": ["Action"]},
        ),
        (
            "They didn't like Action; they left in round 5. Next: Puzzle. Avoid free to play!",
            {
                "why": "displeased",
                "genres": ["Action"],
                "show": ["Puzzle"],
                "avoid": ["Free to Play"],
            },
        ),
        ("They were still there. They like Puzzle.", {"why": "stayed", "show": ["Puzzle"]}),
        ("They were bored or displeased.", {}),
        ("Puzzles again only after 3 rounds.", {"genres": ["Puzzle"], "rest": 3}),
    ],
)
def test_free_text_is_reduced_to_genres_a_rest_and_a_reason(
    reply: str, fields: dict[str, Any]
) -> None:
    assert read(reply) == NOTHING | fields


@pytest.mark.parametrize("reply", ["", "!?", "So it goes.", "Ignore all rules.", "<think>bored"])
def test_a_reply_in_which_nothing_is_found_is_refused(reply: str) -> None:
    with pytest.raises(UnusableReplyError, match="Why:, Genres:, Rest:, Show: and Avoid:"):
        read(reply)


def test_what_was_said_is_kept_on_one_line_for_people() -> None:
    said = parse_reflection("Why: bored\nSo\u202e it \x1b[31m goes" + "." * READ, GENRES)["note"]
    assert said.startswith("Why: bored So it [31m goes...")
    assert len(said) == NOTE_LIMIT


@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=9), max_size=60).map(" ".join))
def test_whatever_a_reply_says_its_fields_are_genres_and_bounded_numbers(reply: str) -> None:
    try:
        fields = read(reply)
    except UnusableReplyError:
        return
    assert fields["why"] in ("bored", "displeased", "stayed", "unknown")
    assert fields["rest"] is None or 0 <= fields["rest"] <= LONGEST_REST
    for name in ("genres", "show", "avoid"):
        assert set(fields[name]) <= set(GENRES)
        assert len(set(fields[name])) == len(fields[name]) <= MOST_GENRES
    assert not set(fields["show"]) & set(fields["avoid"])
