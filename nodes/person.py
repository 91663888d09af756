"""A person as the user: the question they are asked, and parsing of their answer."""

import math
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypedDict

from langgraph.types import interrupt

from nodes.context import Context
from nodes.state import Choice, EpisodeState
from simulator import RATING_MAX, RATING_MIN, Catalogue, plain

SHOWN = 10  # rounds repeated in a question, which every checkpoint stores
QUOTED = 60  # characters of a refused answer
ASKED = (
    "Rate the item from 1 to 5. 'quit' leaves because of it; 'end' closes the session without "
    "a word on it."
)
EXPECTED = "expected a rating from 1 to 5, 'quit' or 'end'"
NOT_HUMAN = (
    "this session waits for a person, and the run came without human=True: answer again with the "
    "context that the session began with"
)


class ShownItem(TypedDict):
    """An item of this session, and the person's rating."""

    item: str
    rating: float


class Question(TypedDict):
    """The question to a person; an answer may name its `question`, and then counts only once."""

    question: str
    round: int
    item: str
    genres: list[str]
    viewed: list[str]
    shown: list[ShownItem]
    ask: str
    problem: str | None


@dataclass(frozen=True)
class Answer:
    """A rating, leaving because of the item, or ending the session."""

    rating: float | None
    leaves: bool = False
    ends: bool = False


class UnclearAnswerError(ValueError):
    """An answer that cannot be used; the message is shown to the person."""


def ask_person(
    state: EpisodeState, choice: Choice, context: Context, catalogue: Catalogue
) -> Answer:
    """Interrupts the graph until the person answers; an unusable answer raises.

    The question then says why the last answer was refused.
    """
    round_ = len(state["steps"]) + 1
    asked = Question(
        question=f"{state['id']}/{round_}",
        round=round_,
        item=choice["item"],
        genres=list(catalogue.genres_of(choice["item"])),
        viewed=state["history"],
        shown=[ShownItem(item=s["item"], rating=s["reward"]) for s in state["steps"][-SHOWN:]],
        ask=ASKED,
        problem=state.get("refused") or None,
    )
    answer = interrupt(asked)
    if not context.human:
        raise UnclearAnswerError(NOT_HUMAN)
    return parse_answer(answer, asked["question"])


def parse_answer(answer: object, question: str) -> Answer:
    """A rating or a word, by itself or in `{"rating": 4, "quit": true, "question": ...}`."""
    if isinstance(answer, dict):
        return _from_fields(answer, question)
    if isinstance(answer, str):
        word = answer.strip().strip("'\"").casefold()
        if word in ("quit", "end"):
            return Answer(None, leaves=word == "quit", ends=word == "end")
    return Answer(_rating(answer))


def _from_fields(answer: dict[Any, Any], question: str) -> Answer:
    unknown = [name for name in answer if name not in ("rating", "quit", "end", "question")]
    flags = [answer.get(name, False) for name in ("quit", "end")]
    if unknown or not all(isinstance(flag, bool) for flag in flags):
        raise UnclearAnswerError(f"{EXPECTED}, not {_shorten(answer)}")
    if answer.get("question", question) != question:
        other = _shorten(answer["question"])
        raise UnclearAnswerError(
            f"that answered another question, {other}; this one is {question!r}"
        )
    leaves, ends = flags
    if answer.get("rating") is None and (leaves or ends):
        return Answer(None, leaves, ends)
    return Answer(_rating(answer.get("rating")), leaves, ends)


def _rating(answer: object) -> float:
    rating = math.nan
    if isinstance(answer, str):
        with suppress(ValueError):
            rating = float(answer.strip().strip("'\"").replace(",", "."))
    elif isinstance(answer, int | float) and not isinstance(answer, bool):
        rating = answer
    if not RATING_MIN <= rating <= RATING_MAX:
        raise UnclearAnswerError(f"{EXPECTED}, not {_shorten(answer)}")
    return float(rating)


def _shorten(answer: object) -> str:
    """An answer as far as a message has room for it."""
    return plain(repr(answer[:QUOTED] if isinstance(answer, str) else answer), QUOTED)
