"""A person as the user: what they are asked, and what their answer means."""

from dataclasses import dataclass
from typing import Any, TypedDict

from langgraph.types import interrupt

from nodes.context import Context
from nodes.state import Choice, EpisodeState
from simulator import RATING_MAX, RATING_MIN, Catalogue, plain

SHOWN = 10  # rounds that a question tells again: each is stored with its checkpoint
ECHO = 60
ASKED = (
    "Rate the item from 1 to 5. 'quit' leaves because of it; 'end' closes the session without "
    "a word on it."
)
EXPECTED = "expected a rating from 1 to 5, 'quit' or 'end'"
FORGOTTEN = (
    "this session waits for a person, and the run came without human=True: answer again with the "
    "context that the session began with"
)


class Met(TypedDict):
    """An item of this session, and what the person said of it."""

    item: str
    rating: float


class Question(TypedDict):
    """What a person is asked; `question` names it, so that no answer is taken for another's."""

    question: str
    round: int
    item: str
    genres: list[str]
    viewed: list[str]
    shown: list[Met]
    ask: str
    problem: str | None


@dataclass(frozen=True)
class Answer:
    """What a person said: a rating perhaps, and whether they leave over the item or just go."""

    rating: float | None
    leaves: bool = False
    ends: bool = False


class UnclearAnswerError(ValueError):
    """An answer that cannot be read; the message is shown to the person."""


def ask(state: EpisodeState, choice: Choice, context: Context, catalogue: Catalogue) -> Answer:
    """Waits for an answer; one that cannot be taken is an error, and says why."""
    asked = question(state, choice, catalogue)
    said = interrupt(asked)
    if not context.human:
        raise UnclearAnswerError(FORGOTTEN)
    return parse_answer(said, asked["question"])


def question(state: EpisodeState, choice: Choice, catalogue: Catalogue) -> Question:
    """The item, where the session stands, and why the last answer was not taken."""
    item = catalogue.find(choice["item"])
    round_ = len(state["steps"]) + 1
    return Question(
        question=f"{state['id']}/{round_}",
        round=round_,
        item=choice["item"],
        genres=[] if item is None else list(catalogue.genres[item]),
        viewed=state["history"],
        shown=[Met(item=s["item"], rating=s["reward"]) for s in state["steps"][-SHOWN:]],
        ask=ASKED,
        problem=state.get("refused") or None,
    )


def parse_answer(said: object, asked: str) -> Answer:
    """A rating or a word, by itself or in `{"rating": 4, "quit": true, "question": ...}`."""
    if isinstance(said, dict):
        return _from_fields(said, asked)
    if isinstance(said, str):
        word = said.strip().strip("'\"").casefold()
        if word in ("quit", "end"):
            return Answer(None, leaves=word == "quit", ends=word == "end")
    return Answer(_rating(said))


def _from_fields(said: dict[Any, Any], asked: str) -> Answer:
    unknown = [name for name in said if name not in ("rating", "quit", "end", "question")]
    flags = [said.get(name, False) for name in ("quit", "end")]
    if unknown or not all(isinstance(flag, bool) for flag in flags):
        raise UnclearAnswerError(f"{EXPECTED}, not {_echo(said)}")
    if said.get("question", asked) != asked:
        raise UnclearAnswerError(
            f"that answered another question, {_echo(said['question'])}; this one is {asked!r}"
        )
    leaves, ends = flags
    if said.get("rating") is None and (leaves or ends):
        return Answer(None, leaves, ends)
    return Answer(_rating(said.get("rating")), leaves, ends)


def _rating(said: object) -> float:
    rating = _number(said)
    if rating is None or not RATING_MIN <= rating <= RATING_MAX:
        raise UnclearAnswerError(f"{EXPECTED}, not {_echo(said)}")
    return float(rating)


def _number(said: object) -> float | None:
    if isinstance(said, str):
        try:
            return float(said.strip().strip("'\"").replace(",", "."))
        except ValueError:
            return None
    return said if isinstance(said, int | float) and not isinstance(said, bool) else None


def _echo(said: object) -> str:
    """What was said, as far as a message has room for it."""
    return plain(repr(said[:ECHO] if isinstance(said, str) else said), ECHO)
