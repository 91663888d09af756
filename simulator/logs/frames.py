"""A log from two data frames, of pandas, of polars, or of whatever has columns with `to_list`."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.errors import WorldError
from simulator.logs.columns import OF_A_LOG, OF_AN_ITEM
from simulator.logs.fields import NO_TIME, parse_seconds
from simulator.logs.frame_table import DataFrame, FrameTable, is_missing, row_list, shown
from simulator.logs.log import Log
from simulator.logs.log_builder import ItemInfo, RatingRows, split_genres
from simulator.logs.rating_scale import to_five
from simulator.text import clean_title


def read_frames(ratings: DataFrame, items: DataFrame | None = None) -> Log:
    """Ratings on another scale are mapped to 1 to 5; an item without a title is called by its id.

    Unlike a file's, a frame's unusable rows are never skipped: its owner can mend them.
    """
    table = FrameTable("ratings", ratings, OF_A_LOG, needed=("user", "item", "rating"))
    values = np.array(table.numbers("rating"), np.float32)
    times = table.column("time")
    user_ids, users = _numbered(table.ids("user"))
    item_ids, rated = _numbered(table.ids("item"))
    seconds = [_seconds(value) for value in times] if times else [NO_TIME] * len(values)
    rows = RatingRows(user_ids, item_ids, users, rated, values, np.array(seconds, np.int64))
    scaled, notes = to_five(values, table.where("rating"))
    return rows.log(scaled, {} if items is None else _about(items, item_ids), notes)


def _about(frame: DataFrame, wanted: Mapping[str, int]) -> dict[str, ItemInfo]:
    """Titles and genres of the rated items."""
    table = FrameTable("items", frame, OF_AN_ITEM, needed=("item", "title"))
    ids = table.ids("item")
    titles = ["" if is_missing(value) else str(value) for value in table.column("title")]
    genres = table.column("genres") or [None] * len(ids)
    kept = [at for at, item in enumerate(ids) if item in wanted]
    if not kept:
        raise WorldError(
            f"{table.where('item')} has none of the items that were rated: {shown(ids[0])} "
            f"stands here, {shown(next(iter(wanted)))} in the ratings: give both the same ids"
        )
    repeated = "leave all but one out first (pandas: drop_duplicates, polars: unique)"
    _refuse_repeats(table.where("item"), {at: ids[at] for at in kept}, repeated)
    named = {at: clean_title(titles[at]) for at in kept}
    distinct = "agents name items by title, so add what tells these apart, such as year or author"
    _refuse_repeats(
        table.where("title"), {at: title for at, title in named.items() if title}, distinct
    )
    return {ids[at]: ItemInfo(titles[at], _genres(genres[at])) for at in kept}


def _refuse_repeats(where: str, values: Mapping[int, str], advice: str) -> None:
    rows: dict[str, list[int]] = defaultdict(list)
    for at, value in values.items():
        rows[value].append(at)
    several = [(value, found) for value, found in rows.items() if len(found) > 1]
    if several:
        value, found = several[0]
        more = f", and {len(several) - 1:,} more are repeated" if len(several) > 1 else ""
        raise WorldError(f"{where} has {shown(value)} in {row_list(found)}{more}: {advice}")


def _numbered(ids: Sequence[str]) -> tuple[dict[str, int], NDArray[np.int32]]:
    """Each id's number in order of appearance, and the number in each row."""
    numbers: dict[str, int] = {}
    rows = [numbers.setdefault(name, len(numbers)) for name in ids]
    return numbers, np.array(rows, np.int32)


def _seconds(value: object) -> int:
    """Seconds since 1970, of dates without a zone in UTC; NO_TIME where there is no time."""
    if is_missing(value):
        return NO_TIME
    if isinstance(value, datetime):
        return int((value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp())
    if isinstance(value, date):
        return int(datetime(value.year, value.month, value.day, tzinfo=UTC).timestamp())
    if isinstance(value, Integral):
        return parse_seconds(int(value))
    return parse_seconds(float(value) if isinstance(value, Real) else value)


def _genres(value: Any) -> list[str]:
    """A list of genres, or one text with `|` between them."""
    if isinstance(value, str):
        return split_genres(value)
    if isinstance(value, Iterable):
        return [str(genre) for genre in value if not is_missing(genre)]
    return []
