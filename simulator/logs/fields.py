"""Parses the fields of a record: ids, numbers and times as publishers write them."""

import math
from datetime import UTC, datetime
from functools import lru_cache

from simulator.logs.lines import UnusableLineError

NO_TIME = -(1 << 63)
"""A missing time; it sorts before every real one."""

LONGEST_TIME = 64  # characters; thousands of them are cached


def parse_id(value: object, what: str) -> str:
    """An id as non-empty text."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value or value.isspace():
        raise UnusableLineError(f"no {what}")
    if value.isascii():
        return value
    # joins surrogate pairs as Python 2 wrote them, so that the text can be encoded
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def parse_number(value: object, what: str, low: float, high: float) -> float:
    """A finite number within bounds."""
    if value is None or value == "":
        raise UnusableLineError(f"no {what}")
    try:
        found = float(value) if isinstance(value, str | int | float) else math.nan
    except (ValueError, OverflowError):
        found = math.nan
    if not low <= found <= high:
        raise UnusableLineError(
            f"{what} {str(value)[:40]!r} is not a number from {low:g} to {high:g}"
        )
    return found


def parse_seconds(value: object) -> int:
    """Seconds since 1970 of a number or an ISO date (UTC by default), or NO_TIME."""
    if isinstance(value, str):
        return _seconds_of_text(value) if len(value) <= LONGEST_TIME else NO_TIME
    if isinstance(value, bool) or not isinstance(value, int | float):
        return NO_TIME
    return int(value) if abs(value) < 1 << 62 else NO_TIME


@lru_cache(maxsize=1 << 14)
def _seconds_of_text(text: str) -> int:
    try:
        return parse_seconds(float(text))
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return NO_TIME
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(zoned.timestamp())
