"""The types of the options: numbers within bounds, and lists of names."""

import argparse
import math
from collections.abc import Callable
from typing import Any

Commands = Any  # argparse has no public type for its sub-parsers

LARGEST_SEED = 2**31 - 1


def count(text: str) -> int:
    """A number from 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a number from 1, got {text!r}")
    return int(text)


def whole(text: str) -> int:
    """A number from 0, small enough for a seed."""
    if not text.isdecimal() or int(text) > LARGEST_SEED:
        raise argparse.ArgumentTypeError(f"expected 0 to {LARGEST_SEED}, got {text!r}")
    return int(text)


def amount(text: str) -> float:
    """An amount of money above 0."""
    number = _number(text)
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"expected an amount above 0, got {text!r}")
    return number


def between(low: float, high: float) -> Callable[[str], float]:
    """A number within these bounds."""

    def parse(text: str) -> float:
        number = _number(text)
        if not low <= number <= high:
            raise argparse.ArgumentTypeError(f"expected {low:g} to {high:g}, got {text!r}")
        return number

    return parse


def names(text: str) -> list[str]:
    """One name or several, with commas between them."""
    found = [name.strip() for name in text.split(",") if name.strip()]
    if not found:
        raise argparse.ArgumentTypeError("expected a name, or several with commas between them")
    return found


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
