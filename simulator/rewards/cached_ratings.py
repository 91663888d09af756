"""Ratings of the whole catalogue, cached per user."""

from collections.abc import Sequence

import numpy as np

from simulator.arrays import Indices, Ratings
from simulator.world import RewardModel

CACHED_CELLS = 16_000_000


class CachedRatings:
    """A reward model that rates the catalogue once per user and caches the rows of some users."""

    def __init__(self, rewards: RewardModel) -> None:
        self._rewards = rewards
        self._users = np.empty(0, np.intp)
        self._rows = np.empty((0, 0), np.float32)

    @classmethod
    def of(cls, rewards: RewardModel) -> "CachedRatings":
        """Wraps a reward model unless it caches already."""
        return rewards if isinstance(rewards, cls) else cls(rewards)

    def rate(self, user: int, items: Sequence[int] | None = None) -> Ratings:
        """See `RewardModel.rate`."""
        return self._rewards.rate(user, items)

    def rate_pairs(self, users: Indices, items: Indices) -> Ratings:
        """See `RewardModel.rate_pairs`."""
        return self._rewards.rate_pairs(users, items)

    def rate_all(self, users: Indices) -> Ratings:
        """See `RewardModel.rate_all`."""
        missing = np.setdiff1d(users, self._users)
        if missing.size:
            self._add(missing, users)
        return np.asarray(self._rows[np.searchsorted(self._users, users)])

    def _add(self, missing: Indices, users: Indices) -> None:
        rows = self._rewards.rate_all(missing)
        if len(self._users) and self._rows.size + rows.size <= CACHED_CELLS:
            kept = np.ones(len(self._users), bool)
        else:
            kept = np.isin(self._users, users)
        everyone = np.concatenate([self._users[kept], missing])
        order = np.argsort(everyone)
        self._users = everyone[order]
        self._rows = np.concatenate([self._rows[kept].reshape(-1, rows.shape[1]), rows])[order]
