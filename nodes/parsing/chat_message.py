"""What a person's message says, understood by rules and not by a chat model.

It is read clause by clause: each is a rating, a refusal, a question or an end, or else a wish.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from functools import reduce
from typing import Any

from nodes.parsing.chat_rating import is_praise_or_blame, rating_in
from nodes.parsing.chat_words import (
    ASKING,
    BESIDE_REFUSED,
    ENDS,
    FILLER,
    POINTERS,
    REFUSAL,
    SKIPS,
    UNDECIDED,
    words_of,
)
from simulator import plain

LONGEST_MESSAGE = 1000
MOST_CLAUSES = 12
WISH_LIMIT = 160
QUOTED = 60  # characters of what was not understood

CLAUSE_END = re.compile(
    r"\n|[.,;!?](?=\s|\Z)|(?<!thing )\bbut\b|\band (?=no\b|not\b|without\b|something\b|now\b)",
    re.IGNORECASE,
)
WHY = re.compile(r"(?:why|how come|explain)\b")
WHY_NOT = re.compile(r"\W*why not\b", re.IGNORECASE)
TitleOf = Callable[[str], str | None]  # the item that a text names


@dataclass(frozen=True)
class Said:
    """What a message says: genres and titles that are refused, a wish in the person's words.

    A wish may name genres that are `wanted`; a number that can be no rating is `no_rating`.
    """

    rating: float | None = None
    no_rating: str = ""
    genres: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    wish: str = ""
    wanted: tuple[str, ...] = ()
    asks_why: bool = False
    skips: bool = False
    ends: bool = False
    is_empty: bool = False

    @property
    def moves_on(self) -> bool:
        """Whether another item is wanted than the one that was proposed."""
        return bool(self.skips or self.wish or self.genres or self.titles)

    def __or__(self, other: "Said") -> "Said":
        """Both; of what can be said once only, what was said first."""
        return Said(**{one.name: _both(self, other, one.name) for one in fields(self)})


NOTHING = Said()


def parse_message(text: str, genres: Iterable[str], title_of: TitleOf) -> Said:
    """What a message says about items of a catalogue with these genres."""
    if not text:
        return Said(is_empty=True)
    known = {genre: words_of(genre) for genre in genres}
    clauses = (one.strip() for one in CLAUSE_END.split(text[:LONGEST_MESSAGE]))
    read = [_clause(one, known, title_of) for one in [*filter(None, clauses)][:MOST_CLAUSES]]
    return reduce(Said.__or__, read, NOTHING)


def _both(one: Said, other: Said, name: str) -> Any:
    first, second = getattr(one, name), getattr(other, name)
    if name == "wish":
        return plain(", ".join(filter(None, (first, second))), WISH_LIMIT)
    if isinstance(first, tuple):
        return tuple(dict.fromkeys((*first, *second)))
    return second if first is None else first or second


def _clause(text: str, genres: dict[str, list[str]], title_of: TitleOf) -> Said:
    words = words_of(text)
    said = " ".join(word for word in words if word not in FILLER)
    if not said or said in UNDECIDED:
        return NOTHING
    if suggested := WHY_NOT.match(text):
        return _clause(text[suggested.end() :], genres, title_of)
    if said in ENDS or said in SKIPS:
        return Said(ends=said in ENDS, skips=said in SKIPS)
    rating, no_rating = rating_in(words)
    if rating is not None or no_rating or is_praise_or_blame(words):
        return Said(rating=rating, no_rating=no_rating)
    if WHY.match(said):
        return Said(asks_why=True)
    folded = text.casefold().replace("\u2019", "'")
    if refusal := REFUSAL.search(folded):
        before = _clause(folded[: refusal.start()].strip(), genres, title_of)
        return before | _refused(folded[refusal.end() :], genres, title_of)
    if all(word in ASKING or word in FILLER for word in words):
        return NOTHING
    return Said(wish=plain(text, WISH_LIMIT), wanted=_genres_in(words, genres))


def _refused(text: str, genres: dict[str, list[str]], title_of: TitleOf) -> Said:
    """What is refused: an item by its title, genres, or the item that was proposed."""
    words = words_of(REFUSAL.sub(" ", text))
    if all(word in POINTERS or word in FILLER for word in words):
        return Said(skips=True)
    told = " ".join(word for word in words if word not in BESIDE_REFUSED)
    if told and (title := title_of(text.strip())):
        return Said(titles=(title,))
    if found := _genres_in(words, genres):
        return Said(genres=found)
    if told and (title := title_of(told)):
        return Said(titles=(title,))
    return Said(unknown=(plain(told, QUOTED),)) if told else NOTHING


def _genres_in(words: list[str], genres: dict[str, list[str]]) -> tuple[str, ...]:
    """The genres that are named, in one or several; of two that overlap, the longer."""
    text, found = f" {' '.join(words)} ", []
    for genre, name in sorted(genres.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        stem = " ".join(name).removesuffix("s")
        for form in (f" {stem} ", f" {stem}s "):
            if stem and form in text:
                found.append(genre)
                text = text.replace(form, " / ")
    return tuple(dict.fromkeys(found))
