"""What is known of a round before its item is shown: the facts by which rounds are compared."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from nodes.catalogue.likeness import Likeness
from nodes.parts import Parts
from nodes.state import EpisodeState
from nodes.trajectory import shown_items

Facts = Mapping[str, float]

RATING = "rating"
WINDOWS = (1, 2, 4, 8)  # rounds; which of them matters is for the evidence to find
LONGEST = 16
UNLIKE = -3.0  # deviations, for sessions in which nothing was shown yet
KNOTS = (0.0, 1.0)  # deviations from which on being alike may count for more
ALIKE = 0.6  # deviations from which on two items are of a kind


def facts(nearest: Sequence[float], rating: float | None) -> Facts:
    """The facts of an item: its likeness to what the last rounds showed, and its rating."""
    known = {f"alike{rounds}": _alike(nearest, rounds) for rounds in WINDOWS}
    return known if rating is None else {RATING: round(rating, 3), **known}


def knots_of(name: str) -> Sequence[float]:
    """The values of a fact above which it may count otherwise than below."""
    return () if name == RATING else KNOTS


def _alike(nearest: Sequence[float], rounds: int) -> float:
    return round(nearest[min(rounds, len(nearest)) - 1], 3) if nearest else UNLIKE


def last_alike(nearest: Sequence[float]) -> int | None:
    """How many rounds ago an item of this kind was shown; None for a kind that rests longer."""
    return next((rounds for rounds, value in enumerate(nearest, 1) if value >= ALIKE), None)


def nearest_shown(
    shown: Sequence[int], items: Sequence[int], likeness: Likeness
) -> NDArray[np.float32]:
    """A row an item: its likeness to the nearest of the last 1, 2, ... items of the session."""
    if not shown:
        return np.empty((len(items), 0), np.float32)
    return likeness.recent(shown, LONGEST, list(items))


def facts_of_rounds(state: EpisodeState, parts: Parts) -> list[Facts]:
    """The facts of each round of a session, as they were before it."""
    shown, user = shown_items(state, parts.world.catalogue), state["user"]
    ratings = parts.taste.of(user) if isinstance(user, int) else None
    known = []
    for place, item in enumerate(shown):
        [nearest] = nearest_shown(shown[:place], [item], parts.likeness)
        known.append(facts(nearest.tolist(), None if ratings is None else float(ratings[item])))
    return known
