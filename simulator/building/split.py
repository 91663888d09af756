"""Splits a log into halves, and holds out ratings to evaluate a fit."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from simulator.arrays import Indices
from simulator.errors import WorldError
from simulator.logs import Log

SplitMethod = Literal["auto", "time", "random"]

SORTED = -0.6  # correlation of order in time and rating; near 0 in logs with real times


def split_halves(log: Log, method: SplitMethod, seed: int) -> tuple[Indices, Indices]:
    """Rows of the training and the test half of every user; an odd rating goes to training."""
    rng = np.random.default_rng(seed)
    when = _times(log) if method == "time" else rng.random(len(log.users))
    order, first, count = _by_user(log.users, when)
    early = np.arange(len(order)) - first < (count + 1) // 2
    return order[early], order[~early]


def resolve_split(log: Log, method: SplitMethod) -> SplitMethod:
    """Resolves `auto`: by time where times exist and are plausible, else at random."""
    if method != "auto":
        return method
    return "random" if log.times is None or times_are_made_up(log) else "time"


def times_are_made_up(log: Log) -> bool:
    """Whether ratings fall with time, as happens only in a file sorted by rating."""
    order, first, count = _by_user(log.users, _times(log))
    users, ratings = log.users[order], log.ratings[order].astype(float)
    sizes = np.bincount(users, minlength=len(log.user_names))
    means = np.bincount(users, ratings) / np.maximum(sizes[: users.max() + 1], 1)
    place = (np.arange(len(users)) - first) / np.maximum(count - 1, 1) - 0.5
    above = ratings - means[users]
    spread = float(np.sqrt((place**2).sum() * (above**2).sum()))
    return spread > 0 and float((place * above).sum()) / spread < SORTED


def _times(log: Log) -> NDArray[np.float64]:
    if log.times is None:
        raise WorldError("this log has no times: halves can only be drawn at random")
    return log.times.astype(np.float64)


def _by_user(users: Indices, when: NDArray[np.float64]) -> tuple[Indices, Indices, Indices]:
    """Rows sorted by user and time; for each row, its user's first position and row count."""
    order = np.lexsort((np.arange(len(users)), when, users))
    ordered = users[order]
    first = np.searchsorted(ordered, ordered, side="left")
    return order, first, np.searchsorted(ordered, ordered, side="right") - first


def hold_out(rows: Indices, share: float, rng: np.random.Generator) -> tuple[Indices, Indices]:
    """Splits off a random share of rows: the remaining rows, then the held-out ones."""
    aside = rng.random(len(rows)) < share
    return rows[~aside], rows[aside]
