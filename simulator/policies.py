"""Reference policies, from random to an oracle that knows the test half."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from simulator.arrays import Flags, Indices
from simulator.batch_environment import Sessions
from simulator.errors import WorldError, name_hint
from simulator.rewards.cached_ratings import CachedRatings
from simulator.world import HalfName, World

CELLS_AT_ONCE = 2_000_000


class Policy(Protocol):
    """Chooses the next item for a user, given the items shown so far."""

    def choose(self, user: int, shown: Sequence[int]) -> int:
        """The item to show next."""
        ...


class ReferencePolicy(ABC):
    """A policy for many users at once, which repeats no item while any is left."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.items = len(world.catalogue)

    def choose(self, user: int, shown: Sequence[int]) -> int:
        """See `Policy.choose`."""
        return int(self.choose_all(Sessions.one(user, shown))[0])

    def choose_all(self, sessions: Sessions) -> Indices:
        """The next item of each session."""
        rows = max(1, CELLS_AT_ONCE // self.items)
        starts = range(0, len(sessions), rows)
        parts = [sessions.select(slice(start, start + rows)) for start in starts]
        return np.concatenate([self._pick(part) for part in parts])

    def unshown(self, sessions: Sessions) -> Flags:
        """Items that may be chosen: those not shown, or all if none is left."""
        left = np.ones((len(sessions), self.items), bool)
        rows, columns = np.nonzero(sessions.shown >= 0)
        left[rows, sessions.shown[rows, columns]] = False
        left[~left.any(axis=1)] = True
        return left

    @abstractmethod
    def _pick(self, sessions: Sessions) -> Indices: ...


class RandomPolicy(ReferencePolicy):
    """A random unshown item, determined by the seed, the user and the round."""

    def __init__(self, world: World, seed: int = 0) -> None:
        super().__init__(world)
        self.seed = seed

    def _pick(self, sessions: Sessions) -> Indices:
        rounds = zip(sessions.users.tolist(), sessions.lengths.tolist(), strict=True)
        rngs = [np.random.default_rng([self.seed, user, length]) for user, length in rounds]
        left = map(np.flatnonzero, self.unshown(sessions))
        return np.array([rng.choice(items) for rng, items in zip(rngs, left, strict=True)], np.intp)


class PopularPolicy(ReferencePolicy):
    """The unshown item with most ratings, or with most views where the world has no ratings."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._popularity = world.item_popularity()

    def _pick(self, sessions: Sessions) -> Indices:
        return best_allowed(self._popularity, self.unshown(sessions))


class GreedyPolicy(ReferencePolicy):
    """The unshown item with the highest rating by one half, by default the training half."""

    def __init__(self, world: World, half: HalfName = "train") -> None:
        super().__init__(world)
        self.half = world.half(half)
        self.rewards = CachedRatings.of(self.half.rewards)

    def _pick(self, sessions: Sessions) -> Indices:
        return best_allowed(self.rewards.rate_all(sessions.users), self.unshown(sessions))


class GenreAwarePolicy(GreedyPolicy):
    """Greedy among the items that share the fewest genres with the window.

    Only items with an expected rating that keeps the user are considered; items without genres
    count as sharing one genre.
    """

    def __init__(self, world: World, half: HalfName = "train") -> None:
        super().__init__(world, half)
        genres = world.catalogue.genres
        columns = {name: column for column, name in enumerate(dict.fromkeys(chain(*genres)))}
        self._genres = np.zeros((len(genres), len(columns) + 1), np.uint8)  # the last is no genre
        for row, names in zip(self._genres, genres, strict=True):
            row[[columns[name] for name in names] or [-1]] = 1

    def _pick(self, sessions: Sessions) -> Indices:
        left = self.unshown(sessions)
        ratings = self.rewards.rate_all(sessions.users)
        liked = left & (ratings >= self.world.rule.min_reward)
        left = np.where(liked.any(axis=1, keepdims=True), liked, left)
        overlaps = self._overlaps(sessions.recent(self.world.rule.window))
        overlaps[~left] = np.inf
        fewest = overlaps == overlaps.min(axis=1, keepdims=True)
        return best_allowed(ratings, fewest)

    def _overlaps(self, recent: NDArray[np.int32]) -> NDArray[np.float32]:
        """How many genres each item of the catalogue shares with the window's items."""
        lately = np.zeros((len(recent), self._genres.shape[1]), np.float32)
        for column in recent.T:
            lately += self._genres[column] * (column >= 0)[:, None]
        heard = lately.any(axis=0)
        return lately[:, heard] @ self._genres[:, heard].T.astype(np.float32)


class DistanceAwarePolicy(GreedyPolicy):
    """Greedy among the items at least beta away from the window, or else the farthest item."""

    least = -np.inf  # rating of the items that are considered

    def __init__(self, world: World, half: HalfName = "train") -> None:
        super().__init__(world, half)
        self._distances = self.half.distances

    def _pick(self, sessions: Sessions) -> Indices:
        left, rule = self.unshown(sessions), self.world.rule
        ratings = self.rewards.rate_all(sessions.users)
        nearest = self._distances.nearest(sessions.recent(rule.window))
        far = nearest >= rule.beta**2 + self._distances.rounding
        good = (ratings >= self.least) & left & far
        stuck = ~good.any(axis=1)
        ratings[stuck], good[stuck] = nearest[stuck], left[stuck]
        return best_allowed(ratings, good)


class OraclePolicy(DistanceAwarePolicy):
    """Distance-aware with the user's own half, without items that the user dislikes."""

    def __init__(self, world: World, half: HalfName = "test") -> None:
        super().__init__(world, half)
        self.least = world.rule.min_reward


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


def best_allowed(scores: NDArray[np.generic], allowed: Flags) -> Indices:
    """The allowed item with the highest score in each row, the first of equals."""
    return np.asarray(np.where(allowed, scores, -np.inf).argmax(axis=1))
