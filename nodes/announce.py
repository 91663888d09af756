"""What nodes tell whoever watches a session (`stream_mode="custom"`), and no state keeps."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Literal

from langgraph.config import get_stream_writer
from typing_extensions import TypedDict

from models import Role
from simulator import Catalogue, plain
from stores import MemoryName

TEXT_LIMIT = 300  # characters of a recalled text


class OfferedItem(TypedDict):
    """A candidate: its expected rating, the last round of its kind, and what evidence says of it.

    Of a hundred users `stayed` did in such rounds, whose mean advantage was `advantage`.
    """

    item: str
    genres: list[str]
    rating: float | None
    alike: int | None
    stayed: int | None
    advantage: float | None


class OfferedEvent(TypedDict):
    """The candidates of a round in the Actor's order; `evidence` counts the rounds behind it."""

    event: Literal["offered"]
    round: int
    evidence: int
    candidates: list[OfferedItem]


class RecalledText(TypedDict):
    """The text of a memory row and its distance."""

    text: str
    distance: float


class RecalledEvent(TypedDict):
    """A role was given rows of a memory, the nearest first."""

    event: Literal["recalled"]
    round: int
    role: Role
    memory: MemoryName
    rows: list[RecalledText]


class ChosenEvent(TypedDict):
    """The item that the user is shown."""

    event: Literal["chosen"]
    round: int
    item: str
    genres: list[str]


def announce(event: OfferedEvent | RecalledEvent | ChosenEvent) -> None:
    """Sends an event to the caller's stream; a node that no graph runs has none."""
    with suppress(RuntimeError, KeyError):
        get_stream_writer()(event)


def announce_recalled(
    round_: int, role: Role, memory: MemoryName, told: Sequence[tuple[str, float]]
) -> None:
    """Tells which texts, at which distance, a role was given; memories may have been imported."""
    rows = [
        RecalledText(text=plain(text, TEXT_LIMIT), distance=round(distance, 4))
        for text, distance in told
    ]
    if rows:
        announce(RecalledEvent(event="recalled", round=round_, role=role, memory=memory, rows=rows))


def announce_chosen(round_: int, title: str, catalogue: Catalogue) -> None:
    """Tells which item was chosen."""
    genres = list(catalogue.genres_of(title))
    announce(ChosenEvent(event="chosen", round=round_, item=title, genres=genres))
