"""Len, R_each and R_traj (section 5.1.2 of the paper): of sessions, of pairs, and between seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from experiments.statistics.intervals import Estimate, Floats, Users, difference, mean, ratio

MetricName = Literal["len", "r_each", "r_traj"]
METRICS: Mapping[MetricName, str] = {"len": "Len", "r_each": "R_each", "r_traj": "R_traj"}


@dataclass(frozen=True, eq=False)
class SessionColumns:
    """Sessions as columns: users, rounds, and sums of ratings."""

    users: Users
    rounds: Floats
    totals: Floats


@dataclass(frozen=True)
class Metrics:
    """The paper's three metrics, or the differences between those of two variants."""

    len: Estimate
    r_each: Estimate
    r_traj: Estimate

    def by_name(self) -> dict[MetricName, Estimate]:
        """The three in the paper's order."""
        return {name: getattr(self, name) for name in METRICS}


@dataclass(frozen=True)
class Spread:
    """Standard deviations of the metrics between seeds."""

    len: float
    r_each: float | None
    r_traj: float


def metrics(of: SessionColumns) -> Metrics:
    """Rounds a session, reward a round, reward a session."""
    return Metrics(
        len=mean(of.rounds, of.users),
        r_each=ratio(of.totals, of.rounds, of.users),
        r_traj=mean(of.totals, of.users),
    )


def metric_differences(a: SessionColumns, b: SessionColumns) -> Metrics:
    """a minus b; the n-th session of one is paired with the n-th of the other."""
    ones = np.ones_like(a.rounds)
    return Metrics(
        len=difference((a.rounds, b.rounds), (ones, ones), a.users),
        r_each=difference((a.totals, b.totals), (a.rounds, b.rounds), a.users),
        r_traj=difference((a.totals, b.totals), (ones, ones), a.users),
    )


def seed_spread(seeds: Sequence[SessionColumns]) -> Spread | None:
    """Standard deviations of the metrics of single seeds; None for fewer than two seeds."""
    if len(seeds) < 2:
        return None
    rates = [one.totals.sum() / one.rounds.sum() for one in seeds if one.rounds.sum() > 0]
    return Spread(
        len=_deviation([one.rounds.mean() for one in seeds]),
        r_each=_deviation(rates) if len(rates) > 1 else None,
        r_traj=_deviation([one.totals.mean() for one in seeds]),
    )


def _deviation(values: Sequence[float]) -> float:
    return float(np.std(values, ddof=1))
