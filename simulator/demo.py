"""The demo world, made by code: fictional games, and users whom a filter bubble bores."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from simulator.catalogue import Catalogue
from simulator.rules import QuitRule
from simulator.world import RATING_MAX, RATING_MIN, Half, Indices, Ratings, World

SEED = 7
ITEMS, USERS = 360, 300
GENRE_DIMENSIONS, ITEM_DIMENSIONS = 8, 4
HISTORY = (6, 16)
BETA_QUANTILE = 0.05

GENRES = (
    "Action", "Adventure", "Farming", "Horror", "Mystery", "Puzzle",
    "Racing", "Rhythm", "Sandbox", "Sports", "Strategy", "Survival",
)  # fmt: skip
OPENERS = (
    "Amber", "Brass", "Cinder", "Crimson", "Distant", "Ember", "Feral", "Gilded", "Hollow",
    "Ivory", "Jade", "Lunar", "Midnight", "Northern", "Opal", "Paper", "Quiet", "Rusted",
    "Silver", "Thorn", "Umber", "Velvet", "Winter", "Wandering",
)  # fmt: skip
CLOSERS = (
    "Anchor", "Beacon", "Canyon", "Causeway", "Engine", "Ferry", "Garden", "Harbour",
    "Kettle", "Lantern", "Meadow", "Orchard", "Parade", "Quarry", "Railway", "Sparrow",
    "Terrace", "Vault", "Willow", "Zephyr",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Tastes:
    """Rates by how far a user's taste for genres and an item's own appeal go together."""

    users: NDArray[np.float32]
    items: NDArray[np.float32]
    appeal: NDArray[np.float32]

    def rate(self, user: int, items: Sequence[int] | None = None) -> Ratings:
        """See `RewardModel.rate`."""
        chosen = slice(None) if items is None else np.asarray(items, dtype=np.intp)
        scores = self.items[chosen] @ self.users[user] + self.appeal[chosen]
        return _on_scale(scores)

    def rate_pairs(self, users: Indices, items: Indices) -> Ratings:
        """See `RewardModel.rate_pairs`."""
        return _on_scale((self.items[items] * self.users[users]).sum(axis=1) + self.appeal[items])

    def rate_all(self, users: Indices) -> Ratings:
        """See `RewardModel.rate_all`."""
        return _on_scale(self.users[users] @ self.items.T + self.appeal)


def _on_scale(scores: NDArray[np.float32]) -> Ratings:
    return np.asarray(np.clip(scores, RATING_MIN, RATING_MAX), np.float32)


def make_demo(seed: int = SEED) -> World:
    """A few hundred items and users; the same seed gives the same world."""
    rng = np.random.default_rng(seed)
    titles = _titles(rng)
    shares = _genre_shares(rng)
    genres = [[GENRES[g] for g in np.flatnonzero(row)] for row in shares]

    appeal = rng.normal(0.0, 0.35, ITEMS).astype(np.float32)
    lasting = _tastes(rng)
    train = Tastes(lasting, shares, appeal)
    drift = rng.normal(0.0, 0.35, lasting.shape)
    test = Tastes((lasting + drift).astype(np.float32), shares, appeal)

    vectors = _item_vectors(rng, shares)
    return World(
        name="demo",
        catalogue=Catalogue.of(zip(titles, genres, strict=True)),
        halves={"train": Half(train, vectors), "test": Half(test, vectors)},
        histories=[_history(rng, train, user) for user in range(USERS)],
        rule=QuitRule(beta=_quantile_distance(vectors, BETA_QUANTILE)),
    )


def _titles(rng: np.random.Generator) -> list[str]:
    pairs = list(product(OPENERS, CLOSERS))
    chosen = rng.choice(len(pairs), ITEMS, replace=False)
    return [" ".join(pairs[i]) for i in chosen]


def _genre_shares(rng: np.random.Generator) -> NDArray[np.float32]:
    """One to three genres an item, in equal shares that add up to one."""
    shares = np.zeros((ITEMS, len(GENRES)), np.float32)
    for row in shares:
        count = rng.choice([1, 2, 3], p=[0.35, 0.45, 0.20])
        row[rng.choice(len(GENRES), count, replace=False)] = 1.0 / count
    return shares


def _tastes(rng: np.random.Generator) -> NDArray[np.float32]:
    """Every user loves some genres, likes others, and cannot stand the rest."""
    tastes = np.empty((USERS, len(GENRES)), np.float32)
    for row in tastes:
        order = rng.permutation(len(GENRES))
        loved, disliked = order[:5], order[-4:]
        row[:] = rng.normal(3.2, 0.3, len(GENRES))
        row[loved] = rng.normal(4.7, 0.3, len(loved))
        row[disliked] = rng.normal(1.2, 0.3, len(disliked))
    return tastes


def _item_vectors(rng: np.random.Generator, shares: NDArray[np.float32]) -> NDArray[np.float32]:
    """An item's own part beside the mean of its genres', as the real worlds have it."""
    genre_vectors = rng.normal(0.0, 1.0, (len(GENRES), GENRE_DIMENSIONS))
    own = rng.normal(0.0, 0.35, (ITEMS, ITEM_DIMENSIONS))
    return np.hstack([own, shares @ genre_vectors]).astype(np.float32)


def _history(rng: np.random.Generator, tastes: Tastes, user: int) -> tuple[int, ...]:
    """What the user viewed before: mostly what they rate highly."""
    weights = np.exp(1.5 * tastes.rate(user).astype(np.float64))
    length = rng.integers(*HISTORY)
    chosen = rng.choice(ITEMS, length, replace=False, p=weights / weights.sum())
    return tuple(int(item) for item in chosen)


def _quantile_distance(vectors: NDArray[np.float32], quantile: float) -> float:
    """The distance that this share of all pairs of items stays under."""
    squares = (vectors * vectors).sum(axis=1)
    distances = squares[:, None] + squares[None, :] - 2.0 * vectors @ vectors.T
    upper = np.triu_indices(len(vectors), k=1)
    return float(np.sqrt(np.quantile(np.maximum(distances[upper], 0.0), quantile)))
