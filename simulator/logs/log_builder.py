"""Builds a log line by line in compact arrays."""

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from simulator.arrays import Indices, Ratings
from simulator.catalogue import Catalogue
from simulator.errors import WorldError
from simulator.logs.fields import NO_TIME
from simulator.logs.lines import Lines
from simulator.logs.log import Log, Times, distinct_rows
from simulator.text import clean_title, plural

RatingRow = tuple[str, str, float, int]
"""User, item, value and time; the value is the rating, or what the rating is computed from."""


class ItemInfo(NamedTuple):
    """An item's metadata."""

    title: str
    genres: Sequence[str] = ()


def split_genres(text: str) -> list[str]:
    """Genres as tables write them, with `|` between."""
    return [genre.strip() for genre in text.split("|") if genre.strip()]


@dataclass(frozen=True, eq=False)
class RatingRows:
    """The rows of a log in columns; users and items are numbered in order of appearance."""

    user_ids: dict[str, int]
    item_ids: dict[str, int]
    users: Indices
    items: Indices
    values: Ratings
    times: Times

    def log(
        self,
        ratings: Ratings,
        about: Mapping[str, ItemInfo],
        notes: Sequence[str],
        *,
        most: str | None = None,
    ) -> Log:
        """The finished log; of repeated pairs the latest, or the one with `most` value."""
        ranks = (self.values, self.times) if most else (self.times,)
        kept = distinct_rows(self.users, self.items, *ranks)
        merged = []
        if repeated := len(self.users) - len(kept):
            again = plural(repeated, "repeated rating")
            counts = f"the one with most {most}" if most else "the latest one"
            merged = [f"{again} of an item by the same user left out: {counts} counts"]
        known, on_times = _known(self.times[kept])
        catalogue, on_titles = _catalogue(self.item_ids, about)
        return Log(
            users=self.users[kept],
            items=self.items[kept],
            ratings=ratings[kept],
            times=known,
            user_names=tuple(self.user_ids),
            item_names=tuple(self.item_ids),
            catalogue=catalogue,
            notes=(*notes, *merged, *on_times, *on_titles),
        )


def read_ratings(lines: Lines, parse: Callable[[str], RatingRow], *, skip: int = 0) -> RatingRows:
    """Parses every line except the header at `skip`."""
    user_ids: dict[str, int] = {}
    item_ids: dict[str, int] = {}
    users, items, values, times = array("i"), array("i"), array("f"), array("q")
    for user, item, value, time in lines.parsed(parse, skip=skip):
        users.append(user_ids.setdefault(user, len(user_ids)))
        items.append(item_ids.setdefault(item, len(item_ids)))
        values.append(value)
        times.append(time)
    if not user_ids:
        raise WorldError(f"{lines.path} holds no records")
    columns: tuple[array[Any], ...] = (users, items, values, times)
    return RatingRows(user_ids, item_ids, *(np.frombuffer(data, data.typecode) for data in columns))


def _known(times: Times) -> tuple[Times | None, list[str]]:
    missing = int(np.count_nonzero(times == NO_TIME))
    if missing == len(times):
        return None, ["no times: the log says nothing of what came first"]
    untimed = plural(missing, "rating")
    return times, [f"{untimed} without a time taken as the earliest"] if missing else []


def _catalogue(
    items: Mapping[str, int], about: Mapping[str, ItemInfo]
) -> tuple[Catalogue, list[str]]:
    """Items in the order of their numbers; a missing title is replaced by the id."""
    known = [about.get(item, ItemInfo("")) for item in items]
    given = [clean_title(entry.title) for entry in known]
    titles = [title or item for title, item in zip(given, items, strict=True)]
    counts = {
        "have no title: their id stands in for it": given.count(""),
        "share a title with another item: they are numbered": len(titles) - len(set(titles)),
        "have no genres": sum(not entry.genres for entry in known),
    }
    rows = zip(titles, (entry.genres for entry in known), strict=True)
    return Catalogue.of(rows), [
        f"{count:,} of {len(titles):,} items {what}" for what, count in counts.items() if count
    ]
