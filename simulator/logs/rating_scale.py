"""Brings ratings to the scale from 1 to 5."""

import numpy as np

from simulator.arrays import Ratings
from simulator.errors import WorldError
from simulator.world import RATING_MAX, RATING_MIN

ACCEPTED = (0.0, 10.0)


def to_five(ratings: Ratings, where: object) -> tuple[Ratings, list[str]]:
    """Maps ratings to 1 to 5 from a scale that is inferred from their range."""
    lowest, highest = float(ratings.min()), float(ratings.max())
    if lowest < ACCEPTED[0] or highest > ACCEPTED[1]:
        raise WorldError(
            f"{where}: ratings go from {lowest:g} to {highest:g}, expected are {ACCEPTED[0]:g} to "
            f"{ACCEPTED[1]:g}: bring them to one scale, best 1 to 5, first"
        )
    if lowest >= RATING_MIN and RATING_MIN < highest <= RATING_MAX:
        return ratings, []
    low, high = (0.0, 1.0) if highest <= 1 else (min(lowest, 1.0), max(highest, RATING_MAX))
    mapped = RATING_MIN + (ratings - low) * ((RATING_MAX - RATING_MIN) / (high - low))
    return mapped.astype(np.float32), [
        f"ratings taken to be on a scale from {low:g} to {high:g}, mapped to 1 to 5"
    ]
