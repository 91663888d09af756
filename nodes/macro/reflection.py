"""A reflection as data: the Reflector's fields, what code counted, and the taste it began with.

Stored fields may come from anywhere, so each is checked when it is read: names have to be of this
catalogue, numbers within bounds, and the counts those of one session.
"""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from nodes.macro import session_facts
from nodes.macro.session_facts import Stays
from nodes.parsing.reflection import LONGEST_REST, MOST_GENRES
from nodes.situation import LIKED_NAMES, liked_before
from nodes.state import ReflectionFields, Step, Why
from simulator import Catalogue

MOST_ROUNDS = 1000  # as `max_rounds` allows
SAID = ("why", "genres", "rest", "show", "avoid")


@dataclass(frozen=True)
class Reflection:
    """What a session teaches."""

    why: Why
    genres: Sequence[str]
    rest: int | None
    show: Sequence[str]
    avoid: Sequence[str]
    returned: Mapping[int, Stays]
    new: Stays
    likes: Sequence[str]
    kept: Sequence[int | None]  # items after which the user stayed; None for an unknown one

    @property
    def rounds(self) -> int:
        """The length of the session."""
        return sum(self.returned.values(), self.new).of


def fields_of(
    said: ReflectionFields, history: Sequence[str], steps: Sequence[Step], catalogue: Catalogue
) -> dict[str, Any]:
    """What the Reflector said and what code counted, as they are stored."""
    counted = session_facts.session_facts(steps, catalogue)
    return {
        **{name: said.get(name) for name in SAID},
        "returned": [[rest, stays.stayed, stays.of] for rest, stays in counted.returned.items()],
        "new": [counted.new.stayed, counted.new.of],
        "likes": liked_before(history, catalogue),
        "kept": session_facts.kept_titles(steps),
    }


def read_fields(
    fields: Mapping[str, Any] | None, catalogue: Catalogue, genres: AbstractSet[str]
) -> Reflection | None:
    """The reflection in stored fields; None where they lack the counts of a session.

    `genres` are all those of the catalogue.
    """
    fields = fields or {}
    returned, new = _returned(fields.get("returned")), _stays(fields.get("new"))
    counted = sum(returned.values(), new)
    if not new.of or counted.of > MOST_ROUNDS or counted.of - counted.stayed > 1:
        return None  # the first round has a new kind, and only the last one can end a session

    def is_liked(name: str) -> bool:
        item = catalogue.find(name)  # titles stand for tastes only where they have no genres
        return name in genres or (item is not None and not catalogue.genres[item])

    def named(field: str) -> list[str]:
        return _names(fields.get(field), MOST_GENRES, genres.__contains__)

    rest, stayed = fields.get("rest"), counted.stayed == counted.of
    reasons: tuple[Why, ...] = ("stayed",) if stayed else ("bored", "displeased")
    return Reflection(
        why=next((why for why in reasons if stayed or fields.get("why") == why), "unknown"),
        genres=named("genres"),
        rest=rest if _is_number(rest, 0, LONGEST_REST) else None,
        show=named("show"),
        avoid=named("avoid"),
        returned=returned,
        new=new,
        likes=_names(fields.get("likes"), LIKED_NAMES, is_liked),
        kept=_items(fields.get("kept"), counted.of, catalogue),
    )


def _names(found: object, most: int, is_known: Callable[[str], bool]) -> list[str]:
    """The known ones among the first so many names, each once."""
    listed = found[:most] if isinstance(found, list) else []
    return [
        name
        for name in dict.fromkeys(one for one in listed if isinstance(one, str))
        if is_known(name)
    ]


def _items(found: object, most: int, catalogue: Catalogue) -> list[int | None]:
    """The items with these titles, in order; none where they are more than can be."""
    titles = found if isinstance(found, list) and len(found) <= most else []
    return [catalogue.find(title) if isinstance(title, str) else None for title in titles]


def _returned(found: object) -> dict[int, Stays]:
    """The rounds by the rest before them; only with valid numbers."""
    longest = session_facts.LONGEST_REST
    listed = found[:longest] if isinstance(found, list) else []
    rows = [one for one in listed if isinstance(one, list) and len(one) == 3]
    known = {rest: _stays(counts) for rest, *counts in rows if _is_number(rest, 1, longest)}
    return {rest: known[rest] for rest in sorted(known) if known[rest].of}


def _stays(found: Any) -> Stays:
    """Two numbers, of which the first is not the larger one; else no rounds."""
    match found:
        case [stayed, of] if _is_number(of, 1, MOST_ROUNDS) and _is_number(stayed, 0, of):
            return Stays(stayed, of)
    return Stays()


def _is_number(found: object, least: int, most: int) -> bool:
    return type(found) is int and least <= found <= most
