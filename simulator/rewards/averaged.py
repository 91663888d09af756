"""The mean of what several models rate."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulator.arrays import Indices, Ratings
from simulator.world import RewardModel


@dataclass(frozen=True, eq=False)
class Averaged:
    """Models of parts of a log err apart from each other, so their mean errs less than each."""

    models: Sequence[RewardModel]

    def rate(self, user: int, items: Sequence[int] | None = None) -> Ratings:
        """See `RewardModel.rate`."""
        return _mean([model.rate(user, items) for model in self.models])

    def rate_pairs(self, users: Indices, items: Indices) -> Ratings:
        """See `RewardModel.rate_pairs`."""
        return _mean([model.rate_pairs(users, items) for model in self.models])

    def rate_all(self, users: Indices) -> Ratings:
        """See `RewardModel.rate_all`."""
        return _mean([model.rate_all(users) for model in self.models])


def _mean(rated: Sequence[Ratings]) -> Ratings:
    return np.asarray(np.mean(rated, axis=0), np.float32)
