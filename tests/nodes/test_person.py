"""What a person's answer means, however it is put."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.person import Answer, UnclearAnswerError, parse_answer

ASKED = "session/3"
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
FIELDS = st.dictionaries(st.sampled_from(["rating", "quit", "end", "question"]), ANY_JSON)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (4, Answer(4.0)),
        (4.5, Answer(4.5)),
        ("4", Answer(4.0)),
        (" 4.5 ", Answer(4.5)),
        ("4,5", Answer(4.5)),
        ('"3"', Answer(3.0)),
        ("quit", Answer(None, leaves=True)),
        ("QUIT ", Answer(None, leaves=True)),
        ("end", Answer(None, ends=True)),
        ({"rating": 4}, Answer(4.0)),
        ({"rating": "4"}, Answer(4.0)),
        ({"quit": True}, Answer(None, leaves=True)),
        ({"end": True}, Answer(None, ends=True)),
        ({"rating": 2, "quit": True}, Answer(2.0, leaves=True)),
        ({"rating": 5, "end": True, "question": ASKED}, Answer(5.0, ends=True)),
        ({"rating": 5, "quit": False}, Answer(5.0)),
    ],
)
def test_an_answer_is_read_in_every_form_that_people_and_programs_use(
    said: Any, meant: Answer
) -> None:
    assert parse_answer(said, ASKED) == meant


@pytest.mark.parametrize(
    "said",
    [
        "", "great", "0", "5.1", "-1", "nan", "inf", "4 stars", 0, 6, 10**400, True, None, [], [4],
        {}, {"rating": None}, {"rating": True}, {"quit": False}, {"quit": "yes"}, {"stars": 4},
        {"rating": 4, "quit": 1}, {"rating": 9, "quit": True},
    ],
)  # fmt: skip
def test_what_is_no_answer_is_told_what_would_be_one(said: Any) -> None:
    with pytest.raises(UnclearAnswerError, match="expected a rating from 1 to 5, 'quit' or 'end'"):
        parse_answer(said, ASKED)


@pytest.mark.parametrize("named", ["session/2", "", 3, None])
def test_an_answer_to_another_question_is_not_taken(named: Any) -> None:
    with pytest.raises(UnclearAnswerError, match="answered another question"):
        parse_answer({"rating": 4, "question": named}, ASKED)


@given(ANY_JSON | FIELDS)
def test_any_answer_is_either_read_within_the_scale_or_refused_in_one_short_line(said: Any) -> None:
    refusal, answer = "", None
    try:
        answer = parse_answer(said, ASKED)
    except UnclearAnswerError as error:
        refusal = str(error)
    if answer:
        assert answer.rating is not None or answer.leaves or answer.ends
        assert answer.rating is None or 1 <= answer.rating <= 5
    else:
        assert len(refusal) < 250
        assert refusal.isprintable()
