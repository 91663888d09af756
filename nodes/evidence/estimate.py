"""How likely a user stays, by rounds that were played: a logistic regression that proves itself.

A fact enters where it foretells sessions that were held out, as itself or from one of its knots on:
users are not bored in proportion. At most one such term enters for every five users who left: what
few departures teach is little.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nodes.evidence.facts import Facts, knots_of

DEPARTURES_A_FACT = 5
FOLDS = 5
RIDGE = 1.0
STEPS, CONVERGED = 25, 1e-5
LEAST_DEVIATION = 1e-3

Table = NDArray[np.float64]


@dataclass(frozen=True)
class Round:
    """A played round: its facts, whether the user stayed, the advantage, and its session."""

    facts: Facts
    stayed: bool
    advantage: float
    session: int = 0


@dataclass(frozen=True)
class Term:
    """A fact, or by how much it is above a knot."""

    fact: str
    knot: float | None = None

    def of(self, facts: Facts) -> float:
        """The term's value."""
        value = facts[self.fact]
        return value if self.knot is None else max(0.0, value - self.knot)


@dataclass(frozen=True)
class Evidence:
    """What the rounds of a memory say of a round that is still to come."""

    terms: tuple[Term, ...]
    rounds: int
    departures: int
    _stay: "Weights"
    _advantage: "Weights"

    def stay(self, facts: Facts) -> float:
        """The share of users who stay in such rounds."""
        return float(_share(self._stay.score(self._row(facts)))[0])

    def advantage(self, facts: Facts) -> float:
        """The mean advantage of such rounds."""
        return float(self._advantage.score(self._row(facts))[0])

    @property
    def names(self) -> list[str]:
        """The facts, the most useful first."""
        return list(dict.fromkeys(term.fact for term in self.terms))

    def _row(self, facts: Facts) -> Table:
        return _table([facts], self.terms)


def learn(rounds: Sequence[Round]) -> Evidence | None:
    """The evidence of these rounds; None while too few users have left."""
    stayed = np.array([one.stayed for one in rounds], float)
    departures = int((1 - stayed).sum())
    if departures < DEPARTURES_A_FACT or departures == len(rounds):
        return None
    names = sorted(rounds[0].facts)
    terms = [Term(name, knot) for name in names for knot in (None, *knots_of(name))]
    table = _table([one.facts for one in rounds], terms)
    chosen = _chosen(table, stayed, _folds(rounds), departures // DEPARTURES_A_FACT)
    advantages = np.array([one.advantage for one in rounds])
    return Evidence(
        terms=tuple(terms[place] for place in chosen),
        rounds=len(rounds),
        departures=departures,
        _stay=_logistic(table[:, chosen], stayed),
        _advantage=_linear(table[:, chosen], advantages),
    )


@dataclass(frozen=True)
class Weights:
    """A linear function of facts in standard deviations; the first coefficient is the constant."""

    means: Table
    deviations: Table
    coefficients: Table

    def score(self, table: Table) -> Table:
        """The function's value of each row."""
        return _with_constant((table - self.means) / self.deviations) @ self.coefficients


def _table(rounds: Sequence[Facts], terms: Sequence[Term]) -> Table:
    return np.array([[term.of(facts) for term in terms] for facts in rounds], float)


def _folds(rounds: Sequence[Round]) -> NDArray[np.intp]:
    """The fold of each round; a session is held out as a whole."""
    sessions = sorted({one.session for one in rounds})
    number = {session: place for place, session in enumerate(sessions)}
    return np.array([number[one.session] % FOLDS for one in rounds])


def _chosen(table: Table, stayed: Table, folds: NDArray[np.intp], most: int) -> list[int]:
    """The terms that lower the loss on sessions held out, the most useful first."""
    varied = [place for place in range(table.shape[1]) if table[:, place].std() > LEAST_DEVIATION]
    chosen: list[int] = []
    best = _loss_held_out(table[:, chosen], stayed, folds)
    while len(chosen) < most:
        losses = {
            place: _loss_held_out(table[:, [*chosen, place]], stayed, folds)
            for place in varied
            if place not in chosen
        }
        place = min(losses, key=losses.__getitem__, default=None)
        if place is None or losses[place] >= best:
            break
        best = losses[place]
        chosen.append(place)
    return chosen


def _loss_held_out(table: Table, stayed: Table, folds: NDArray[np.intp]) -> float:
    loss = 0.0
    for fold in range(FOLDS):
        out = folds == fold
        if out.any() and not out.all():
            scores = _logistic(table[~out], stayed[~out]).score(table[out])
            loss += float(np.logaddexp(0.0, -scores * (2 * stayed[out] - 1)).sum())
    return loss


def _logistic(table: Table, stayed: Table) -> Weights:
    """Newton's method with a ridge penalty, which one that is small on the constant completes."""
    means, deviations, scaled = _scaled(table)
    penalty = _penalty(scaled.shape[1])
    coefficients = np.zeros(scaled.shape[1])
    for _ in range(STEPS):
        shares = _share(scaled @ coefficients)
        slope = scaled.T @ (shares - stayed) + penalty @ coefficients
        curvature = (scaled * (shares * (1 - shares))[:, None]).T @ scaled + penalty
        step = np.linalg.solve(curvature, slope)
        coefficients -= step
        if np.abs(step).max() < CONVERGED:
            break
    return Weights(means, deviations, coefficients)


def _linear(table: Table, values: Table) -> Weights:
    means, deviations, scaled = _scaled(table)
    normal = scaled.T @ scaled + _penalty(scaled.shape[1])
    return Weights(means, deviations, np.asarray(np.linalg.solve(normal, scaled.T @ values)))


def _penalty(size: int) -> Table:
    penalty = np.eye(size) * RIDGE
    penalty[0, 0] = 1e-3
    return penalty


def _scaled(table: Table) -> tuple[Table, Table, Table]:
    means = table.mean(axis=0)
    deviations = np.maximum(table.std(axis=0), LEAST_DEVIATION)
    return means, deviations, _with_constant((table - means) / deviations)


def _with_constant(table: Table) -> Table:
    return np.hstack([np.ones((len(table), 1)), table])


def _share(scores: Table) -> Table:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(scores, -30.0, 30.0))))
