"""Means, ratios and differences with 95 % intervals, clustered by the user behind the sessions."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

CONFIDENCE = 0.95
UNDEFINED = "-"

Floats = NDArray[np.float64]
Users = NDArray[np.integer[Any]]


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
        return f"{self.mean:.2f} ± {(self.high - self.low) / 2:.2f}"


def mean(values: Floats, users: Users) -> Estimate:
    """A mean over sessions, clustered by user."""
    return ratio(values, np.ones_like(values), users)


def ratio(totals: Floats, counts: Floats, users: Users) -> Estimate:
    """A mean per round over sessions of unequal length, its interval by linearisation."""
    centre = _rate(totals, counts)
    if centre is None:
        return Estimate(None, None, None)
    return _interval(centre, _residuals(totals, counts, centre), users)


def difference(
    totals: tuple[Floats, Floats], counts: tuple[Floats, Floats], users: Users
) -> Estimate:
    """One ratio minus another over paired sessions, so that shared variation cancels out."""
    first, second = (_rate(*one) for one in zip(totals, counts, strict=True))
    if first is None or second is None:
        return Estimate(None, None, None)
    residuals = _residuals(totals[0], counts[0], first) - _residuals(totals[1], counts[1], second)
    return _interval(first - second, residuals, users)


def _rate(totals: Floats, counts: Floats) -> float | None:
    return float(totals.sum() / counts.sum()) if counts.sum() > 0 else None


def _residuals(totals: Floats, counts: Floats, rate: float) -> Floats:
    """How far each session moves the ratio, to first order."""
    residuals: Floats = (totals - rate * counts) / counts.mean()
    return residuals


def _interval(centre: float, residuals: Floats, users: Users) -> Estimate:
    """Student's interval with one degree of freedom fewer than there are users."""
    _, user = np.unique(users, return_inverse=True)
    by_user = np.bincount(user, residuals)
    clusters = len(by_user)
    if clusters < 2:
        return Estimate(centre, None, None)
    from scipy.special import stdtrit

    variance = (by_user**2).sum() * clusters / (clusters - 1) / len(residuals) ** 2
    reach = float(stdtrit(clusters - 1, (1 + CONFIDENCE) / 2) * np.sqrt(variance))
    return Estimate(centre, centre - reach, centre + reach)
