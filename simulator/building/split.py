"""Halves of a log, and what is held out of one to judge a fit."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from simulator.errors import WorldError
from simulator.logs import Log

Rows = NDArray[np.intp]
Users = NDArray[np.int32]
HowToSplit = Literal["auto", "time", "random"]

SORTED = -0.6  # correlation of place in time and rating; logs of real times are near 0


def halves(log: Log, how: HowToSplit, seed: int) -> tuple[Rows, Rows]:
    """Rows of the training and the test half of every user, the odd one training."""
    rng = np.random.default_rng(seed)
    when = _times(log) if how == "time" else rng.random(len(log.users))
    order, first, count = _by_user(log.users, when)
    early = np.arange(len(order)) - first < (count + 1) // 2
    return order[early], order[~early]


def chosen_split(log: Log, how: HowToSplit) -> HowToSplit:
    """By time where times exist and mean something, else at random."""
    if how != "auto":
        return how
    return "random" if log.times is None or times_are_made_up(log) else "time"


def times_are_made_up(log: Log) -> bool:
    """Whether ratings fall with time as only a file sorted by rating has it."""
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


def _by_user(users: Users, when: NDArray[np.float64]) -> tuple[Rows, Rows, Rows]:
    """Rows in order of user and time, and for each where its user begins and how many they have."""
    order = np.lexsort((np.arange(len(users)), when, users))
    ordered = users[order]
    first = np.searchsorted(ordered, ordered, side="left")
    return order, first, np.searchsorted(ordered, ordered, side="right") - first


def held_out(rows: Rows, share: float, rng: np.random.Generator) -> tuple[Rows, Rows]:
    """A random share of rows set aside: those that are left, and those set aside."""
    aside = rng.random(len(rows)) < share
    return rows[~aside], rows[aside]
