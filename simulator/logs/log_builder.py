"""Builds a log line by line in compact arrays."""

from array import array
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.catalogue import Catalogue
from simulator.errors import WorldError
from simulator.logs.fields import NO_TIME
from simulator.logs.lines import Lines
from simulator.logs.log import Log, Times, distinct_rows
from simulator.logs.plural import plural
from simulator.text import clean_title

RatingRow = tuple[str, str, float, int]
"""User, item, value and time; the value is the rating, or what the rating is computed from."""


class ItemInfo(NamedTuple):
    """An item's metadata."""

    title: str
    genres: Sequence[str] = ()


class LogBuilder:
    """Collects rating rows; users and items are numbered in order of appearance."""

    def __init__(self) -> None:
        self.user_ids: dict[str, int] = {}
        self.item_ids: dict[str, int] = {}
        self._users, self._items = array("i"), array("i")
        self._values, self._times = array("f"), array("q")

    def add(self, user: str, item: str, value: float, time: int) -> None:
        """Appends one row."""
        self._users.append(self.user_ids.setdefault(user, len(self.user_ids)))
        self._items.append(self.item_ids.setdefault(item, len(self.item_ids)))
        self._values.append(value)
        self._times.append(time)

    @property
    def values(self) -> NDArray[np.float32]:
        """The values of all rows."""
        return np.frombuffer(self._values, np.float32)

    def log(
        self,
        ratings: NDArray[np.float32],
        about: Mapping[str, ItemInfo],
        notes: Sequence[str],
        *,
        most: str | None = None,
    ) -> Log:
        """The finished log; of repeated pairs the latest, or the one with `most` value."""
        users = np.frombuffer(self._users, np.int32)
        items = np.frombuffer(self._items, np.int32)
        times = np.frombuffer(self._times, np.int64)
        ranks = (self.values, times) if most else (times,)
        kept = distinct_rows(users, items, *ranks)
        merged = _merged(
            len(users) - len(kept), f"the one with most {most}" if most else "the latest one"
        )
        known, on_times = _known(times[kept])
        catalogue, on_titles = _catalogue(self.item_ids, about)
        return Log(
            users=users[kept],
            items=items[kept],
            ratings=ratings[kept],
            times=known,
            user_names=tuple(self.user_ids),
            item_names=tuple(self.item_ids),
            catalogue=catalogue,
            notes=(*notes, *merged, *on_times, *on_titles),
        )


def read_ratings(lines: Lines, parse: Callable[[str], RatingRow], *, skip: int = 0) -> LogBuilder:
    """Parses every line except the header at `skip`."""
    rows = LogBuilder()
    for row in lines.parsed(parse, skip=skip):
        rows.add(*row)
    if not rows.user_ids:
        raise WorldError(f"{lines.path} holds no records")
    return rows


def _merged(count: int, kept: str) -> list[str]:
    again = plural(count, "repeated rating")
    return [f"{again} of an item by the same user left out: {kept} counts"] if count else []


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
