"""What is known of a round before its item is shown: the facts by which rounds are compared.

An item is expected to be rated as the log says, revised by how the session's ratings differ from
what was expected of them: those of items alike count most.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nodes.parts import Parts
from nodes.state import EpisodeState, Step
from nodes.trajectory import shown_items
from simulator.arrays import Ratings

Facts = Mapping[str, float]

RATING = "rating"
WINDOWS = (1, 2, 4, 8)  # rounds; which of them matters is for the evidence to find
LONGEST = 16
UNLIKE = -3.0  # deviations, for sessions in which nothing was shown yet
KNOTS = (0.0, 1.0)  # deviations from which on being alike may count for more
ALIKE = 0.6  # deviations from which on two items are of a kind
MOST_ALIKE = 3.0  # deviations that are no closer for being more
UNREVISED = 1.0  # how much the log's expectation counts: as one item of mean likeness


@dataclass(frozen=True)
class Known:
    """The facts of an item, and how many rounds ago its kind was shown; None where it rests."""

    facts: Facts
    alike_ago: int | None


def known_of(
    items: Sequence[int], steps: Sequence[Step], ratings: Ratings | None, parts: Parts
) -> list[Known]:
    """What is known of these items after the steps of a session, by what the log expects."""
    find = parts.world.catalogue.find
    met = [(item, step["reward"]) for step in steps if (item := find(step["item"])) is not None]
    met = met[-LONGEST:]
    shown = [item for item, _ in met]
    alike = np.empty((len(items), 0), np.float32)
    if shown:
        alike = parts.likeness.recent(shown, LONGEST, list(items))
    expected: Sequence[float | None] = [None] * len(items)
    if ratings is not None:
        surprises = np.array([reward for _, reward in met]) - ratings[shown]
        expected = revised(ratings[list(items)], surprises[::-1], alike)
    nearest = np.maximum.accumulate(alike, axis=1).tolist()
    return [
        Known(_facts(row, rating), _last_alike(row))
        for row, rating in zip(nearest, expected, strict=True)
    ]


def revised(
    expected: NDArray[np.floating], surprises: NDArray[np.floating], alike: NDArray[np.floating]
) -> list[float]:
    """Expected ratings, moved by what others were rated above theirs, the more the more alike."""
    weights = np.exp(np.minimum(alike, MOST_ALIKE))
    moved = expected + weights @ surprises / (UNREVISED + weights.sum(axis=1))
    return [float(rating) for rating in moved]


def cause_of(name: str) -> str:
    """Why users may leave by a fact: over a rating, or over likeness within any window."""
    return RATING if name == RATING else "likeness"


def knots_of(name: str) -> Sequence[float]:
    """The values of a fact above which it may count otherwise than below."""
    return () if name == RATING else KNOTS


def facts_of_rounds(state: EpisodeState, parts: Parts) -> list[Facts]:
    """The facts of each round of a session, as they were before it."""
    user, steps = state["user"], state["steps"]
    ratings = parts.taste.of(user) if isinstance(user, int) else None
    return [
        known_of([item], steps[:place], ratings, parts)[0].facts
        for place, item in enumerate(shown_items(state, parts.world.catalogue))
    ]


def _facts(nearest: Sequence[float], rating: float | None) -> Facts:
    """The likeness to the nearest that the last rounds showed, and the expected rating."""
    known = {f"alike{rounds}": _alike(nearest, rounds) for rounds in WINDOWS}
    return known if rating is None else {RATING: round(rating, 3), **known}


def _alike(nearest: Sequence[float], rounds: int) -> float:
    return round(nearest[min(rounds, len(nearest)) - 1], 3) if nearest else UNLIKE


def _last_alike(nearest: Sequence[float]) -> int | None:
    """How many rounds ago an item of this kind was shown; None for a kind that rests longer."""
    return next((rounds for rounds, value in enumerate(nearest, 1) if value >= ALIKE), None)
