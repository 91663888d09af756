"""Worlds small enough to reckon by hand."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulator import Catalogue, Half, QuitRule, World
from simulator.world import Ratings

RATINGS = [[5, 4, 3, 2, 1, 5, 4, 3, 2, 1], [5, 5, 5, 5, 5, 5, 5, 5, 5, 5]]


@dataclass(frozen=True, eq=False)
class Table:
    """Ratings as they stand in a table."""

    ratings: Ratings

    def rate(self, user: int, items: Sequence[int] | None = None) -> Ratings:
        everything: Ratings = self.ratings[user]
        return everything if items is None else everything[list(items)]


def line_world(rule: QuitRule, ratings: Sequence[Sequence[float]] = RATINGS) -> World:
    """Items on a line, one apart: the distance between two is the difference of their numbers."""
    count = len(ratings[0])
    vectors = np.arange(count, dtype=np.float32)[:, None]
    half = Half(Table(np.array(ratings, np.float32)), vectors)
    return World(
        name="line",
        catalogue=Catalogue.of((f"Item {i}", ["Odd" if i % 2 else "Even"]) for i in range(count)),
        halves={"train": half, "test": half},
        histories=[(0, 1), (2,)],
        rule=rule,
    )
