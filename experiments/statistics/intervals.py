"""Means, ratios and differences with 95 % intervals, clustered by the user behind the sessions.

Intervals are those of the BCa bootstrap (Efron 1987): users are drawn anew with replacement, and
the ends are quantiles of what the figure then comes to, so they never leave the range of what was
observed. For few users the quantiles are moved outwards as Student's t is (Hesterberg 2015).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

CONFIDENCE = 0.95
RESAMPLES = 2000
RESAMPLES_AT_ONCE = 500
SEED = 0
UNDEFINED = "-"
EQUAL = 1e-9  # resamples this near to the figure count as equal, whatever their last bits
KEY_DIGITS = 9

Floats = NDArray[np.float64]
Users = NDArray[np.integer[Any]]
Statistic = Callable[[Floats], Floats]  # of the sums of all columns; NaN where it is undefined


@dataclass(frozen=True)
class Estimate:
    """A figure and the ends of its 95 % interval; None where the data do not determine it."""

    mean: float | None
    low: float | None
    high: float | None

    def __str__(self) -> str:
        if self.mean is None:
            return UNDEFINED
        if self.low is None or self.high is None:
            return f"{self.mean:.2f}"
        return f"{self.mean:.2f} [{self.low:.2f}, {self.high:.2f}]"


def mean(values: Floats, users: Users) -> Estimate:
    """A mean over sessions."""
    return ratio(values, np.ones_like(values), users)


def ratio(totals: Floats, counts: Floats, users: Users) -> Estimate:
    """A mean per round over sessions of unequal length."""
    return _estimate(_ratio, _by_user(users, totals, counts))


def difference(
    totals: tuple[Floats, Floats], counts: tuple[Floats, Floats], users: Users
) -> Estimate:
    """One ratio minus another over paired sessions, so that shared variation cancels out."""
    sums = _by_user(users, totals[0], counts[0], totals[1], counts[1])
    return _estimate(lambda of: _ratio(of[:2]) - _ratio(of[2:]), sums)


def _ratio(sums: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        quotients: Floats = np.where(sums[1] > 0, sums[0] / sums[1], np.nan)
    return quotients


def _by_user(users: Users, *columns: Floats) -> Floats:
    """The sums of each column over the sessions of each user, a column a user.

    They stand in an order that depends neither on the users' numbers nor on which of two sides
    comes first, so that neither does the interval.
    """
    _, user = np.unique(users, return_inverse=True)
    sums = np.array([np.bincount(user, column) for column in columns])
    keys = (sums[at::2].sum(axis=0).round(KEY_DIGITS) for at in (1, 0))
    ordered: Floats = sums[:, np.lexsort(tuple(keys))]
    return ordered


def _estimate(figure: Statistic, sums: Floats) -> Estimate:
    centre = float(figure(sums.sum(axis=1)))
    if np.isnan(centre):
        return Estimate(None, None, None)
    if sums.shape[1] < 2:
        return Estimate(centre, None, None)
    resampled = figure(_resampled(sums))
    resampled = resampled[np.isfinite(resampled)]
    levels = _levels(centre, resampled, _acceleration(figure, sums), sums.shape[1])
    low, high = np.quantile(resampled, levels)
    return Estimate(centre, float(low), float(high))


def _resampled(sums: Floats) -> Floats:
    """The sums of each column over the users of every resample."""
    drawn = _draws(sums.shape[1])
    parts = []
    for start in range(0, RESAMPLES, RESAMPLES_AT_ONCE):
        weights = drawn[start : start + RESAMPLES_AT_ONCE].astype(float)
        parts.append([weights @ column for column in sums])
    return np.concatenate(parts, axis=1)


@lru_cache(maxsize=8)
def _draws(users: int) -> NDArray[np.uint8]:
    """How often every resample has each of so many users: the same draws at every call."""
    rng = np.random.default_rng([SEED, users])
    draws = (rng.integers(0, users, users) for _ in range(RESAMPLES))
    return np.array([np.bincount(one, minlength=users) for one in draws], np.uint8)


def _acceleration(figure: Statistic, sums: Floats) -> float:
    """How fast the standard error changes with the figure, by leaving out each user in turn."""
    without_one = figure(sums.sum(axis=1, keepdims=True) - sums)
    without_one = without_one[np.isfinite(without_one)]
    if not len(without_one):
        return 0.0
    moved = without_one.mean() - without_one
    spread = float((moved**2).sum())
    return float((moved**3).sum()) / (6 * spread**1.5) if spread > EQUAL**2 else 0.0


def _levels(
    centre: float, resampled: Floats, acceleration: float, users: int
) -> tuple[float, float]:
    """The shares of resamples that lie below the two ends of the interval."""
    from scipy.special import ndtr, ndtri, stdtrit

    near = EQUAL * max(1.0, abs(centre))
    below = (resampled < centre - near).sum() + (np.abs(resampled - centre) <= near).sum() / 2
    least = 0.5 / len(resampled)
    bias = float(ndtri(np.clip(below / len(resampled), least, 1 - least)))
    reach = float(stdtrit(users - 1, (1 + CONFIDENCE) / 2)) * (users / (users - 1)) ** 0.5

    def level(score: float) -> float:
        slack = 1 - acceleration * score
        return float(ndtr(bias + score / slack)) if slack > 0 else float(score > 0)

    return level(bias - reach), level(bias + reach)
