"""Fields of a record, checked: names, numbers and times as publishers write them."""

import math
from datetime import UTC, datetime
from functools import lru_cache

from simulator.logs.malformed import Unusable

NO_TIME = -(1 << 63)
"""Stands for a time that a log does not give; it sorts before every real one."""


def name(value: object, what: str) -> str:
    """An id as text; it may not be empty."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value or value.isspace():
        raise Unusable(f"no {what}")
    return value if value.isascii() else _whole(value)


def number(value: object, what: str, low: float, high: float) -> float:
    """A finite number within bounds."""
    if value is None or value == "":
        raise Unusable(f"no {what}")
    try:
        found = float(value) if isinstance(value, str | int | float) else math.nan
    except (ValueError, OverflowError):
        found = math.nan
    if not low <= found <= high:
        raise Unusable(f"{what} {str(value)[:40]!r} is not a number from {low:g} to {high:g}")
    return found


def seconds(value: object) -> int:
    """Seconds since 1970 of a number or an ISO date, or NO_TIME; without a zone it is UTC."""
    if isinstance(value, str):
        return _seconds_of_text(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return NO_TIME
    return int(value) if abs(value) < 1 << 62 else NO_TIME


@lru_cache(maxsize=1 << 14)
def _seconds_of_text(text: str) -> int:
    try:
        return seconds(float(text))
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return NO_TIME
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(zoned.timestamp())


def _whole(text: str) -> str:
    """Joins the surrogate pairs that old Python wrote, so that the text can be written again."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
