"""Worlds small enough to reckon by hand."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulator import HALVES, Catalogue, Half, QuitRule, World
from simulator.arrays import Indices, Ratings

RATINGS = [[5, 4, 3, 2, 1, 5, 4, 3, 2, 1], [5, 5, 5, 5, 5, 5, 5, 5, 5, 5]]


@dataclass(frozen=True, eq=False)
class Table:
    """Ratings as they stand in a table."""

    ratings: Ratings

    def rate(self, user: int, items: Sequence[int] | None = None) -> Ratings:
        everything: Ratings = self.ratings[user]
        return everything if items is None else everything[list(items)]

    def rate_pairs(self, users: Indices, items: Indices) -> Ratings:
        pairs: Ratings = self.ratings[users, items]
        return pairs

    def rate_all(self, users: Indices) -> Ratings:
        return self.ratings[users]


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


def chance_world(seed: int, rule: QuitRule, items: int = 30, users: int = 6) -> World:
    """Items in a few close groups, and ratings on both sides of the limit, and on it."""
    rng = np.random.default_rng(seed)
    groups = rng.integers(5, size=items)
    vectors = rng.normal(size=(5, 7))[groups] + 0.3 * rng.normal(size=(items, 7))
    halves = {
        name: Half(
            Table(rng.choice([1.0, 1.5, 2.0, 3.5, 5.0], (users, items)).astype(np.float32)),
            vectors.astype(np.float32),
        )
        for name in HALVES
    }
    names = [[f"Genre {group}"] + ["Loud"] * bool(group % 2) for group in groups]
    return World(
        name="chance",
        catalogue=Catalogue.of((f"Item {i}", names[i]) for i in range(items)),
        halves=halves,
        histories=[tuple(rng.integers(items, size=4).tolist()) for _ in range(users)],
        rule=rule,
    )
