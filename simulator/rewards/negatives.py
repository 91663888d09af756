"""Negative sampling: user-item pairs that do not occur in a log."""

import numpy as np
from numpy.typing import NDArray

from simulator.arrays import Indices
from simulator.rewards.deepfm import Pairs

UNOBSERVED_RATING = 1.0


class NegativeSampler:
    """Draws unobserved pairs, with users as frequent as in the log."""

    def __init__(self, users: Indices, items: Indices, items_count: int) -> None:
        self._users = users
        self._items_count = items_count
        self._observed = np.unique(users.astype(np.int64) * items_count + items)

    def sample(self, count: int, rng: np.random.Generator) -> Pairs:
        """Up to `count` pairs; a user who rated every item has none."""
        found_users, found_items = [], []
        left = count
        for _ in range(64):
            users = self._users[rng.integers(len(self._users), size=left)]
            items = rng.integers(self._items_count, size=left)
            new = ~self._contains(users.astype(np.int64) * self._items_count + items)
            found_users.append(users[new])
            found_items.append(items[new])
            left -= int(new.sum())
            if left == 0:
                break
        ratings = np.full(count - left, UNOBSERVED_RATING, np.float32)
        return Pairs(np.concatenate(found_users), np.concatenate(found_items), ratings)

    def _contains(self, keys: NDArray[np.int64]) -> NDArray[np.bool_]:
        places = np.searchsorted(self._observed, keys).clip(max=len(self._observed) - 1)
        return np.asarray(self._observed[places] == keys)
