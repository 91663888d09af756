"""How likely a user stays, by rounds that were played: each cause of leaving by itself.

A user stays where no cause makes them leave: the chance is a product of logistic functions, one of
the rating, one of likeness. So no rating makes up for an item that is too much alike. A fact enters
where it foretells sessions that were held out better than chance could, as itself or from one of
its knots on: users are not bored in proportion. Of likeness one window counts, that which enters
first. At most one term enters for every five users who left: what few departures teach is little.

Ratings count beside what entered, by two imagined rounds where nothing else is known: trainings
show items that are expected to please, so that a small memory has hardly seen anybody displeased.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nodes.evidence.facts import RATING, UNLIKE, Facts, cause_of, knots_of

DEPARTURES_A_FACT = 5
LEAST_GAIN = 2.0  # by how much a term lowers the loss held out; chance lowers it by about one
FOLDS = 5
RIDGE, RIDGE_OF_CONSTANTS = 1.0, 1e-3
STEPS, TRIES, CONVERGED = 25, 6, 1e-5
LEAST_DEVIATION = 1e-3
FARTHEST = 30.0  # score from 0, so that no chance is rounded to 0 or 1
IMAGINED = ((0.0, False), (5.0, True))  # a rating, and whether the user stayed

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

    @property
    def cause(self) -> str:
        """Why a user may leave by this fact."""
        return cause_of(self.fact)

    def of(self, facts: Facts) -> float:
        """The term's value."""
        value = facts[self.fact]
        return value if self.knot is None else max(0.0, value - self.knot)


@dataclass(frozen=True)
class Evidence:
    """What the rounds of a memory say of a round that is still to come."""

    terms: tuple[Term, ...]
    rounds: int
    _stay: "Chances"
    _advantage: "Weights"

    def stay(self, facts: Facts) -> float:
        """The share of users who stay in such rounds."""
        return float(self._stay.of(self._row(facts))[0])

    def advantage(self, facts: Facts) -> float:
        """The mean advantage of such rounds."""
        return float(self._advantage.of(self._row(facts))[0])

    @property
    def names(self) -> list[str]:
        """The facts, the most useful first."""
        return list(dict.fromkeys(term.fact for term in self.terms))

    def _row(self, facts: Facts) -> Table:
        return _table([facts], self.terms)


def learn(rounds: Sequence[Round]) -> Evidence | None:
    """The evidence of these rounds; None while too few users left, or nothing tells them apart."""
    stayed = np.array([one.stayed for one in rounds], float)
    departures = int((1 - stayed).sum())
    if departures < DEPARTURES_A_FACT or departures == len(rounds):
        return None
    names = sorted(rounds[0].facts)
    terms = [Term(name, knot) for name in names for knot in (None, *knots_of(name))]
    table = _table([one.facts for one in rounds], terms)
    chosen = _chosen(terms, table, stayed, _folds(rounds), departures // DEPARTURES_A_FACT)
    if not chosen:
        return None
    if RATING in names and all(terms[place].fact != RATING for place in chosen):
        chosen.append(terms.index(Term(RATING)))
    entered = tuple(terms[place] for place in chosen)
    advantages = np.array([one.advantage for one in rounds])
    return Evidence(
        terms=entered,
        rounds=len(rounds),
        _stay=_chances(*_with_imagined(table[:, chosen], stayed, entered), entered),
        _advantage=_linear(table[:, chosen], advantages),
    )


@dataclass(frozen=True)
class Scale:
    """Facts in standard deviations from their means, after a constant."""

    means: Table
    deviations: Table

    @classmethod
    def over(cls, table: Table) -> "Scale":
        """The scale of these rows."""
        return cls(table.mean(axis=0), np.maximum(table.std(axis=0), LEAST_DEVIATION))

    def of(self, table: Table) -> Table:
        """The rows in this scale."""
        constant = np.ones((len(table), 1))
        return np.hstack([constant, (table - self.means) / self.deviations])


@dataclass(frozen=True)
class Weights:
    """A linear function of facts; the first coefficient is the constant."""

    scale: Scale
    coefficients: Table

    def of(self, table: Table) -> Table:
        """The function's value of each row."""
        return self.scale.of(table) @ self.coefficients


@dataclass(frozen=True)
class Chances:
    """A product of logistic functions, one for each cause, whose weights are a column."""

    scale: Scale
    causes: Table

    def of(self, table: Table) -> Table:
        """The chance of each row that no cause makes the user leave."""
        return np.asarray(_stays(self.scale.of(table), self.causes).prod(axis=1))


def _table(rounds: Sequence[Facts], terms: Sequence[Term]) -> Table:
    return np.array([[term.of(facts) for term in terms] for facts in rounds], float)


def _with_imagined(table: Table, stayed: Table, terms: Sequence[Term]) -> tuple[Table, Table]:
    """The rounds and the imagined ones, whose items are like none that were shown."""
    if all(term.fact != RATING for term in terms):
        return table, stayed
    unlike = dict.fromkeys((term.fact for term in terms), UNLIKE)
    imagined = _table([{**unlike, RATING: rating} for rating, _ in IMAGINED], terms)
    return np.vstack([table, imagined]), np.append(stayed, [stays for _, stays in IMAGINED])


def _folds(rounds: Sequence[Round]) -> NDArray[np.intp]:
    """The fold of each round; a session is held out as a whole."""
    sessions = sorted({one.session for one in rounds})
    number = {session: place for place, session in enumerate(sessions)}
    return np.array([number[one.session] % FOLDS for one in rounds])


def _chosen(
    terms: Sequence[Term], table: Table, stayed: Table, folds: NDArray[np.intp], most: int
) -> list[int]:
    """The terms that lower the loss on sessions held out, the most useful first."""
    varied = [place for place in range(len(terms)) if table[:, place].std() > LEAST_DEVIATION]
    chosen: list[int] = []

    def loss(places: list[int]) -> float:
        return _loss_held_out(table[:, places], stayed, folds, [terms[at] for at in places])

    best = loss(chosen)
    while len(chosen) < most:
        facts = {terms[at].cause: terms[at].fact for at in chosen}
        losses = {
            at: loss([*chosen, at])
            for at in varied
            if at not in chosen and facts.get(terms[at].cause, terms[at].fact) == terms[at].fact
        }
        place = min(losses, key=losses.__getitem__, default=None)
        if place is None or losses[place] > best - LEAST_GAIN:
            break
        best = losses[place]
        chosen.append(place)
    return chosen


def _loss_held_out(
    table: Table, stayed: Table, folds: NDArray[np.intp], terms: Sequence[Term]
) -> float:
    loss = 0.0
    for fold in range(FOLDS):
        out = folds == fold
        if out.any() and not out.all():
            found = _chances(table[~out], stayed[~out], terms)
            loss += _loss(found.of(table[out]), stayed[out])
    return loss


def _loss(chances: Table, stayed: Table) -> float:
    """The negative logarithm of the likelihood."""
    return -float(np.log(np.where(stayed > 0, chances, 1.0 - chances)).sum())


def _chances(table: Table, stayed: Table, terms: Sequence[Term]) -> Chances:
    """Fisher's scoring with a ridge penalty; a step that does not help is halved."""
    scale = Scale.over(table)
    scaled, free = scale.of(table), _weights_of_causes(terms)
    ridge = np.where(free.nonzero()[0] == 0, RIDGE_OF_CONSTANTS, RIDGE)

    def penalised(causes: Table) -> float:
        loss = _loss(_stays(scaled, causes).prod(axis=1), stayed)
        return loss + float(ridge @ causes[free] ** 2) / 2.0

    causes = np.zeros(free.shape)
    usual = ((stayed.sum() + 1.0) / (len(stayed) + 2.0)) ** (1.0 / free.shape[1])
    causes[0] = np.log(usual / (1.0 - usual))
    loss = penalised(causes)
    for _ in range(STEPS):
        stays = _stays(scaled, causes)
        chances = stays.prod(axis=1)
        slopes = ((1.0 - stays)[:, None, :] * scaled[:, :, None])[:, free]
        score = slopes.T @ ((stayed - chances) / (1.0 - chances)) - ridge * causes[free]
        information = (slopes.T * (chances / (1.0 - chances))) @ slopes + np.diag(ridge)
        step = np.zeros(free.shape)
        step[free] = np.linalg.solve(information, score)
        for _ in range(TRIES):
            if (found := penalised(causes + step)) <= loss:
                break
            step /= 2.0
        else:
            break
        causes, loss = causes + step, found
        if np.abs(step).max() < CONVERGED:
            break
    return Chances(scale, causes)


def _weights_of_causes(terms: Sequence[Term]) -> NDArray[np.bool_]:
    """Which weights there are: a row a term, after one for constants; a column a cause."""
    causes = list(dict.fromkeys(term.cause for term in terms)) or ["any"]
    of_terms = [[term.cause == cause for cause in causes] for term in terms]
    return np.array([[True] * len(causes), *of_terms])


def _linear(table: Table, values: Table) -> Weights:
    scale = Scale.over(table)
    scaled = scale.of(table)
    ridge = np.full(scaled.shape[1], RIDGE)
    ridge[0] = RIDGE_OF_CONSTANTS
    normal = scaled.T @ scaled + np.diag(ridge)
    return Weights(scale, np.asarray(np.linalg.solve(normal, scaled.T @ values)))


def _stays(scaled: Table, causes: Table) -> Table:
    """For each row and cause, the chance that it does not make the user leave."""
    scores = np.clip(scaled @ causes, -FARTHEST, FARTHEST)
    return np.asarray(1.0 / (1.0 + np.exp(-scores)))
