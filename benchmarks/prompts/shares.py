"""Shares, means, ranks and distances; None where nothing was observed."""

import math
from collections.abc import Iterable, Sequence
from statistics import fmean

from scipy.stats import spearmanr

from benchmarks.prompts.answers import words


def mean(values: Iterable[float]) -> float | None:
    """The mean."""
    listed = list(values)
    return fmean(listed) if listed else None


def share(flags: Iterable[bool]) -> float | None:
    """How many of these are true, from 0 to 1."""
    return mean(map(float, flags))


def distinct(texts: Sequence[str]) -> float | None:
    """How many of a hundred texts differ by more than case, spaces and punctuation."""
    return 100 * len(set(map(words, texts))) / len(texts) if texts else None


def distance(shares: Sequence[float], others: Sequence[float]) -> float:
    """The total variation distance of two distributions."""
    return sum(abs(a - b) for a, b in zip(shares, others, strict=True)) / 2


def by_chance(shares: Sequence[float], count: int) -> float | None:
    """The total variation distance that so many independent draws have on average, nearly.

    Each share is taken as normally distributed around its expectation.
    """
    if not count:
        return None
    return sum(math.sqrt(2 / math.pi * p * (1 - p) / count) for p in shares) / 2


def ranks(values: Sequence[float], others: Sequence[float]) -> float | None:
    """Spearman's rank correlation; None where one side has no order."""
    if len(set(values)) < 2 or len(set(others)) < 2:
        return None
    return float(spearmanr(values, others).statistic)
