"""The known columns of a data frame as lists, and errors that name the column and the rows."""

import math
from collections.abc import Hashable, Iterable, Sequence
from datetime import date
from numbers import Integral, Real
from typing import Any, Protocol

from simulator.errors import WorldError
from simulator.logs.columns import Synonyms, match_columns
from simulator.logs.fields import parse_id

SHOWN_ROWS, SHOWN_COLUMNS = 3, 20
LONGEST_VALUE = 40


class DataFrame(Protocol):
    """What is used of a data frame: the names of its columns, and each by its name."""

    @property
    def columns(self) -> Iterable[Any]: ...  # noqa: D102

    def __getitem__(self, column: Any, /) -> Any: ...


class FrameTable:
    """A frame by the name that its owner knows it by, with the columns that were found in it."""

    def __init__(
        self, name: str, frame: DataFrame, synonyms: Synonyms, needed: Sequence[str]
    ) -> None:
        self.name = name
        try:
            self._names = list(frame.columns)
        except (AttributeError, TypeError):
            raise WorldError(
                f"{name}: expected a pandas or polars DataFrame, got {type(frame).__name__}"
            ) from None
        places = match_columns([str(column) for column in self._names], synonyms)
        missing = [column for column in needed if column not in places]
        if missing:
            found = ", ".join(map(shown, self._names[:SHOWN_COLUMNS])) or "none"
            others = ", ".join(column for column in synonyms if column not in needed)
            raise WorldError(
                f"{name}: no column {' and no column '.join(map(repr, missing))}: expected are "
                f"{', '.join(needed)} (and perhaps {others}), found {found}: rename them first"
            )
        self._own = {column: self._names[place] for column, place in places.items()}
        self._columns = {known: _values(frame, own, name) for known, own in self._own.items()}
        if not self._columns[needed[0]]:
            raise WorldError(f"{name}: the frame has no rows")

    def where(self, column: str) -> str:
        """How errors name a column, by the frame's own name for it."""
        return f"{self.name}: column {self._own[column]!r}"

    def column(self, column: str) -> list[Any]:
        """The values of a column, or none where the frame has no such column."""
        return self._columns.get(column, [])

    def ids(self, column: str) -> list[str]:
        """Ids as text; whole numbers may be floats, as pandas makes of them beside gaps."""
        values = self._columns[column]
        self._refuse(column, [at for at, value in enumerate(values) if is_missing(value)])
        found = [_id(value) for value in values]
        wrong = [at for at, value in enumerate(found) if value is None]
        if wrong:
            raise WorldError(
                f"{self.where(column)} has {shown(values[wrong[0]])} in row {wrong[0]}: ids are "
                "whole numbers or text, so turn the column into one of these first"
            )
        return [value for value in found if value is not None]

    def numbers(self, column: str) -> list[float]:
        """Finite numbers."""
        values = self._columns[column]
        self._refuse(column, [at for at, value in enumerate(values) if is_missing(value)])
        for at, value in enumerate(values):
            if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
                raise WorldError(
                    f"{self.where(column)} has {shown(value)} in row {at}: expected are numbers, "
                    "best from 1 to 5"
                )
        return [float(value) for value in values]

    def _refuse(self, column: str, rows: Sequence[int]) -> None:
        if rows:
            raise WorldError(
                f"{self.where(column)} has no value in {row_list(rows)}: leave such rows out first "
                "(pandas: dropna, polars: drop_nulls)"
            )


def _values(frame: DataFrame, column: Hashable, name: str) -> list[Any]:
    try:
        return list(frame[column].to_list())
    except (AttributeError, TypeError, KeyError):
        raise WorldError(
            f"{name}: column {column!r} cannot be read: expected a pandas or polars DataFrame, "
            "with one column of that name (a LazyFrame must be collected first)"
        ) from None


def is_missing(value: object) -> bool:
    """None, NaN, NaT, pandas' NA or blank text; only these differ from themselves or are none."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return True
    if isinstance(value, Real | date):
        return bool(value != value)
    return type(value).__name__ == "NAType"


def _id(value: object) -> str | None:
    if isinstance(value, str):
        return parse_id(value, "id").strip()
    if isinstance(value, bool) or not isinstance(value, Real):
        return None
    if isinstance(value, Integral):
        return str(int(value))
    number = float(value)
    return str(int(number)) if number.is_integer() else None


def shown(value: object) -> str:
    """A value as errors show it."""
    text = repr(value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


def row_list(rows: Sequence[int]) -> str:
    """`row 7`, or `rows 7, 9 and 41 more`; rows are counted from 0, as frames count them."""
    shown = ", ".join(map(str, rows[:SHOWN_ROWS]))
    rest = f" and {len(rows) - SHOWN_ROWS:,} more" if len(rows) > SHOWN_ROWS else ""
    return f"{'row' if len(rows) == 1 else 'rows'} {shown}{rest}"
