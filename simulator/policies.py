"""Reference policies: what no planning, plain greed, variety and full knowledge reach."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from simulator.errors import WorldError, name_hint
from simulator.rewards.remembered import RememberedRatings
from simulator.vector import Flags, Rows, Sessions
from simulator.world import HalfName, Indices, Ratings, Vectors, World

CELLS_AT_ONCE = 2_000_000
ROUNDING = 4e-6  # of squared distances in single precision, as a share of the largest norm


class Policy(Protocol):
    """Chooses the next item for a user from what was shown."""

    def choose(self, user: int, shown: Sequence[int]) -> int:
        """The item to show now."""
        ...


class ReferencePolicy(ABC):
    """A policy for many users at once; none shows an item twice while any is left."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.items = len(world.catalogue)

    def choose(self, user: int, shown: Sequence[int]) -> int:
        """See `Policy.choose`."""
        return int(self.choose_all(Sessions.one(user, shown))[0])

    def choose_all(self, sessions: Sessions) -> Rows:
        """The item to show to each user now."""
        rows = max(1, CELLS_AT_ONCE // self.items)
        starts = range(0, len(sessions), rows)
        parts = [sessions.select(slice(start, start + rows)) for start in starts]
        return np.concatenate([self._pick(part) for part in parts])

    def unshown(self, sessions: Sessions) -> Flags:
        """Which items may still be chosen: those not shown, or all when none is left."""
        left = np.ones((len(sessions), self.items), bool)
        rows, columns = np.nonzero(sessions.shown >= 0)
        left[rows, sessions.shown[rows, columns]] = False
        left[~left.any(axis=1)] = True
        return left

    @abstractmethod
    def _pick(self, sessions: Sessions) -> Rows: ...


class RandomPolicy(ReferencePolicy):
    """Any item not yet shown; the same seed, user and round give the same item."""

    def __init__(self, world: World, seed: int = 0) -> None:
        super().__init__(world)
        self.seed = seed

    def _pick(self, sessions: Sessions) -> Rows:
        rounds = zip(sessions.users, sessions.lengths, self.unshown(sessions), strict=True)
        return np.array([self._draw(int(u), int(n), left) for u, n, left in rounds], np.intp)

    def _draw(self, user: int, length: int, left: Flags) -> int:
        rng = np.random.default_rng([self.seed, user, length])
        return int(rng.choice(np.flatnonzero(left)))


class PopularPolicy(ReferencePolicy):
    """The unshown item that most rated; counted from the histories where the world has no log."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._popularity = _views(world) if world.popularity is None else world.popularity

    def _pick(self, sessions: Sessions) -> Rows:
        return best(self._popularity, self.unshown(sessions))


class GreedyPolicy(ReferencePolicy):
    """The unshown item that a half, unless told otherwise the training half, rates highest."""

    def __init__(self, world: World, half: HalfName = "train") -> None:
        super().__init__(world)
        self.half = world.half(half)
        self.rewards = RememberedRatings.of(self.half.rewards)

    def _pick(self, sessions: Sessions) -> Rows:
        return best(self.rewards.rate_all(sessions.users), self.unshown(sessions))


class GenreAwarePolicy(GreedyPolicy):
    """Greedy among the items that share fewest genres with those of the window.

    It expects these to be rated well enough to stay; items without genres are taken for alike.
    """

    def __init__(self, world: World, half: HalfName = "train") -> None:
        super().__init__(world, half)
        self._genres = genre_table(world.catalogue.genres)

    def _pick(self, sessions: Sessions) -> Rows:
        left = self.unshown(sessions)
        ratings = self.rewards.rate_all(sessions.users)
        liked = left & (ratings >= self.world.rule.min_reward)
        left = np.where(liked.any(axis=1, keepdims=True), liked, left)
        overlaps = self._overlaps(sessions.recent(self.world.rule.window))
        overlaps[~left] = np.inf
        fewest = overlaps == overlaps.min(axis=1, keepdims=True)
        return best(ratings, fewest)

    def _overlaps(self, recent: NDArray[np.int32]) -> NDArray[np.float32]:
        """How many genres of the window's items each item of the catalogue has."""
        lately = np.zeros((len(recent), self._genres.shape[1]), np.float32)
        for column in recent.T:
            lately += self._genres[column] * (column >= 0)[:, None]
        heard = lately.any(axis=0)
        return lately[:, heard] @ self._genres[:, heard].T.astype(np.float32)


class DistanceAwarePolicy(GreedyPolicy):
    """Greedy among the items at least beta from the window's, or else the farthest of all."""

    def __init__(self, world: World, half: HalfName = "train") -> None:
        super().__init__(world, half)
        self._space = Space(self.half.vectors)

    def _pick(self, sessions: Sessions) -> Rows:
        left, rule = self.unshown(sessions), self.world.rule
        ratings = self.rewards.rate_all(sessions.users)
        nearest = self._space.nearest(sessions.recent(rule.window))
        good = self._welcome(ratings) & left & (nearest >= rule.beta**2 + self._space.rounding)
        stuck = ~good.any(axis=1)
        ratings[stuck], good[stuck] = nearest[stuck], left[stuck]
        return best(ratings, good)

    def _welcome(self, ratings: Ratings) -> Flags:
        return np.ones(ratings.shape, bool)


class OraclePolicy(DistanceAwarePolicy):
    """Distance-aware with the half that plays the user, and shows nothing that is disliked."""

    def __init__(self, world: World, half: HalfName = "test") -> None:
        super().__init__(world, half)

    def _welcome(self, ratings: Ratings) -> Flags:
        return np.asarray(ratings >= self.world.rule.min_reward)


POLICIES: Mapping[str, Callable[[World], ReferencePolicy]] = {
    "random": RandomPolicy,
    "popular": PopularPolicy,
    "greedy": GreedyPolicy,
    "genre-aware": GenreAwarePolicy,
    "distance-aware": DistanceAwarePolicy,
    "oracle": OraclePolicy,
}


def make_policy(name: str, world: World) -> ReferencePolicy:
    """The reference policy of this name."""
    if name in POLICIES:
        return POLICIES[name](world)
    raise WorldError(f"unknown policy {name!r}: {name_hint(name, POLICIES, 'policies')}")


def _views(world: World) -> Indices:
    viewed = np.fromiter(chain.from_iterable(world.histories), np.intp)
    return np.bincount(viewed, minlength=len(world.catalogue))


def best(scores: NDArray[np.generic], allowed: Flags) -> Rows:
    """The first of the highest scored among the allowed, row by row."""
    return np.asarray(np.where(allowed, scores, -np.inf).argmax(axis=1))


def genre_table(genres: Sequence[Sequence[str]]) -> NDArray[np.uint8]:
    """A row an item and a column a genre, 1 where the item has it; the last stands for none."""
    columns = {name: place for place, name in enumerate(dict.fromkeys(chain(*genres)))}
    table = np.zeros((len(genres), len(columns) + 1), np.uint8)
    for row, names in zip(table, genres, strict=True):
        row[[columns[name] for name in names] or [-1]] = 1
    return table


class Space:
    """Squared distances of a whole catalogue to a few of its items, by one matrix product each."""

    def __init__(self, vectors: Vectors) -> None:
        centred = (vectors - vectors.mean(axis=0)).astype(np.float32)
        squares = (centred * centred).sum(axis=1, keepdims=True)
        ones = np.ones_like(squares)
        self._from = np.hstack([-2.0 * centred, squares, ones])
        self._to = np.ascontiguousarray(np.hstack([centred, ones, squares]).T)
        self.rounding = ROUNDING * float(squares.max())

    def nearest(self, items: NDArray[np.int32]) -> NDArray[np.float32]:
        """How near each item of the catalogue is to the nearest of a row's; -1 is nobody."""
        nearest = np.full((len(items), self._to.shape[1]), np.inf, np.float32)
        for column in items.T:
            gaps = self._from[column] @ self._to
            gaps[column < 0] = np.inf
            np.minimum(nearest, gaps, out=nearest)
        return nearest
