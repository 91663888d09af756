"""Ratings of a whole catalogue, asked for once a user."""

from collections.abc import Sequence

import numpy as np

from simulator.world import Indices, Ratings, RewardModel

CELLS_REMEMBERED = 16_000_000


class RememberedRatings:
    """A reward model that rates the catalogue for a user once, and remembers some users."""

    def __init__(self, rewards: RewardModel) -> None:
        self._rewards = rewards
        self._users = np.empty(0, np.intp)
        self._rows = np.empty((0, 0), np.float32)

    @classmethod
    def of(cls, rewards: RewardModel) -> "RememberedRatings":
        """The same one when it remembers already."""
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
            self._learn(missing, users)
        return np.asarray(self._rows[np.searchsorted(self._users, users)])

    def _learn(self, missing: Indices, users: Indices) -> None:
        rows = self._rewards.rate_all(missing)
        if len(self._users) and self._rows.size + rows.size <= CELLS_REMEMBERED:
            kept = np.ones(len(self._users), bool)
        else:
            kept = np.isin(self._users, users)
        everyone = np.concatenate([self._users[kept], missing])
        order = np.argsort(everyone)
        self._users = everyone[order]
        self._rows = np.concatenate([self._rows[kept].reshape(-1, rows.shape[1]), rows])[order]
