"""What a user is expected to rate: as the log says, revised by the ratings of the session.

A rating moves what is expected of other items by how it differs from what was expected of its own:
of items alike the most.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nodes.parts import Parts
from nodes.state import Step
from simulator.arrays import Ratings

LONGEST = 16  # rounds that revise
MOST_ALIKE = 3.0  # deviations that are no closer for being more
UNREVISED = 1.0  # how much the log's expectation counts: as one item of mean likeness


def expected_ratings(
    user: int | str, steps: Sequence[Step], parts: Parts, items: Sequence[int] | None = None
) -> Ratings | None:
    """Of these items, or of all, after the steps of a session; None for users not in the log."""
    if not isinstance(user, int):
        return None
    ratings, find = parts.taste.of(user), parts.world.catalogue.find
    expected = ratings.copy() if items is None else ratings[list(items)]
    met = [(item, step["reward"]) for step in steps if (item := find(step["item"])) is not None]
    met = met[-LONGEST:]
    if not met:
        return expected
    shown = [item for item, _ in met]
    surprises = np.array([reward for _, reward in met], ratings.dtype) - ratings[shown]
    of = slice(None) if items is None else list(items)
    return revised(expected, surprises[::-1], parts.likeness.recent(shown, LONGEST, of))


def revised(expected: Ratings, surprises: Ratings, alike: NDArray[np.floating]) -> Ratings:
    """Expected ratings, moved by what others were rated above theirs, the more the more alike."""
    weights = np.exp(np.minimum(alike, MOST_ALIKE))
    moved = expected + weights @ surprises / (UNREVISED + weights.sum(axis=1))
    return np.asarray(moved, expected.dtype)
