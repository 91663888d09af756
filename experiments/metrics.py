"""Len, R_each and R_traj with 95 % intervals (section 5.1.2 of the paper)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Estimate:
    """A mean and the ends of its 95 % interval; without spread to judge by, the ends are None."""

    mean: float
    low: float | None
    high: float | None

    def __str__(self) -> str:
        if self.low is None or self.high is None:
            return f"{self.mean:.2f}"
        return f"{self.mean:.2f} ± {(self.high - self.low) / 2:.2f}"


@dataclass(frozen=True)
class Session:
    """What counts of an episode: whose it was, its true ratings, and why the user left."""

    user: int
    rewards: tuple[float, ...]
    cause: str | None


@dataclass(frozen=True)
class Summary:
    """An arm's figures over its sessions, one per user."""

    sessions: int
    len: Estimate
    r_each: Estimate
    r_traj: Estimate
    quits: dict[str, int]


def summarise(sessions: Sequence[Session]) -> Summary:
    """Figures over sessions of different users; the last item counts with its true rating."""
    lengths = np.array([len(session.rewards) for session in sessions], float)
    totals = np.array([sum(session.rewards) for session in sessions], float)
    causes = Counter(session.cause or "stayed to the cap" for session in sessions)
    return Summary(
        sessions=len(sessions),
        len=mean(lengths),
        r_each=ratio(totals, lengths),
        r_traj=mean(totals),
        quits=dict(sorted(causes.items())),
    )


def mean(values: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> Estimate:
    """A mean with Student's interval."""
    return _interval(float(values.mean()), values - values.mean())


def ratio(
    totals: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    counts: "np.ndarray[tuple[int], np.dtype[np.float64]]",
) -> Estimate:
    """A mean per round over sessions of unequal length, its interval by linearisation."""
    rate = float(totals.sum() / counts.sum())
    return _interval(rate, (totals - rate * counts) / counts.mean())


def _interval(
    centre: float, deviations: "np.ndarray[tuple[int], np.dtype[np.float64]]"
) -> Estimate:
    count = len(deviations)
    if count < 2:
        return Estimate(centre, None, None)
    from scipy.stats import t

    error = float(np.sqrt((deviations**2).sum() / (count - 1) / count))
    reach = float(t.ppf((1 + CONFIDENCE) / 2, count - 1)) * error
    return Estimate(centre, centre - reach, centre + reach)
