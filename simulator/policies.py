"""Reference policies: what no planning, plain greed and a little variety reach."""

from collections import Counter
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from simulator.world import Ratings, World


class Policy(Protocol):
    """Chooses the next item for a user from what was shown."""

    def choose(self, user: int, shown: Sequence[int]) -> int:
        """The item to show now."""
        ...


def unshown(world: World, shown: Sequence[int]) -> "np.ndarray[tuple[int], np.dtype[np.intp]]":
    """The items that a policy may still choose: no method repeats itself while any is left."""
    mask = np.ones(len(world.catalogue), bool)
    mask[list(shown)] = False
    return np.flatnonzero(mask if mask.any() else ~mask)


class RandomPolicy:
    """Any item not yet shown; the same seed, user and round give the same item."""

    def __init__(self, world: World, seed: int = 0) -> None:
        self.world = world
        self.seed = seed

    def choose(self, user: int, shown: Sequence[int]) -> int:
        """See `Policy.choose`."""
        rng = np.random.default_rng([self.seed, user, len(shown)])
        return int(rng.choice(unshown(self.world, shown)))


class GreedyPolicy:
    """The unshown item that the training half rates highest."""

    def __init__(self, world: World) -> None:
        self.world = world

    def choose(self, user: int, shown: Sequence[int]) -> int:
        """See `Policy.choose`."""
        left = unshown(self.world, shown)
        return int(left[np.argmax(self._ratings(user)[left])])

    def _ratings(self, user: int) -> Ratings:
        return self.world.half("train").rewards.rate(user)


class GenreAwarePolicy(GreedyPolicy):
    """Greedy among the items that share fewest genres with those of the window."""

    def choose(self, user: int, shown: Sequence[int]) -> int:
        """See `Policy.choose`."""
        genres = self.world.catalogue.genres
        recent = shown[-self.world.rule.window :]
        lately = Counter(genre for item in recent for genre in genres[item])
        left = unshown(self.world, shown)
        overlap = np.array([sum(lately[genre] for genre in genres[item]) for item in left])
        best = left[overlap == overlap.min()]
        return int(best[np.argmax(self._ratings(user)[best])])
