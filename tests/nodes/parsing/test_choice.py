"""An Actor's choice among numbered candidates."""

import pytest

from nodes.parsing.choice import parse_choice
from nodes.parsing.reply import UnusableReplyError


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("3", 3),
        (" 3.", 3),
        ("**3**", 3),
        ("Action: 3", 3),
        ("Candidate 3", 3),
        ("Number: 3", 3),
        ("#3", 3),
        ("[3]", 3),
        ("(3)", 3),
        ("recommend[3]", 3),
        ('3. "Lunar Vault" [Strategy]', 3),
        ("3\nIt is close to what they like.", 3),
        ('{"number": 3}', 3),
        ('{"action": "3"}', 3),
        ("<think>Perhaps 2?</think>3", 3),
        ("<think>1. 2. 3.</think>\nAction: 5", 5),
        ("recommend[Lunar Vault]", "Lunar Vault"),
        ("recommend[7 Wonders]", "7 Wonders"),
        ("Lunar Vault", "Lunar Vault"),
        ("7 Wonders", "7 Wonders"),
    ],
)
def test_a_number_or_a_title_is_read(reply: str, expected: int | str) -> None:
    assert parse_choice(reply, 6) == expected


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        ("7", "there is no candidate 7: expected 1 to 6"),
        ("0", "there is no candidate 0"),
        ("I am torn.", "the number of a candidate, from 1 to 6"),
        ("", "the number of a candidate"),
    ],
)
def test_what_chooses_nothing_is_refused(reply: str, why: str) -> None:
    with pytest.raises(UnusableReplyError, match=why):
        parse_choice(reply, 6)


@pytest.mark.parametrize("reply", ['{"answer": 4', '{\n\n "answer" : 4\n\n\n'])
def test_an_object_that_blanks_cut_off_is_read(reply: str) -> None:
    assert parse_choice(reply, 6) == 4


@pytest.mark.parametrize("reply", ['{"answer":', '{"answer": "4', '{"answer": 4, "or": 5'])
def test_an_object_that_was_cut_off_within_its_answer_is_not(reply: str) -> None:
    with pytest.raises(UnusableReplyError):
        parse_choice(reply, 6)
