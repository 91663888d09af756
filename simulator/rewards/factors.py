"""A fitted DeepFM as numpy arrays, with each user's and item's share precomputed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from simulator.arrays import Indices, Ratings
from simulator.world import RATING_MAX, RATING_MIN

Array = NDArray[np.float32]
PAIRS_AT_ONCE = 512  # BLAS stays on one thread, which is many times faster for such sizes


@dataclass(frozen=True, eq=False)
class FactorRewards:
    """Linear terms, inner products and a small network over pairs (Eq. 18), without torch.

    The network's first layer is linear, so each user's and item's contribution to it is stored
    instead of their embeddings; an item's genres are part of its contribution.
    """

    user_bias: Array
    item_bias: Array
    user_factors: Array
    item_factors: Array
    user_hidden: Array
    item_hidden: Array
    second_weight: Array
    second_bias: Array
    last_weight: Array
    offset: Array

    def rate(self, user: int, items: Sequence[int] | None = None) -> Ratings:
        """See `RewardModel.rate`."""
        chosen = np.arange(len(self.item_bias)) if items is None else np.asarray(items, np.intp)
        return self.rate_pairs(np.full(len(chosen), user, np.intp), chosen)

    def rate_pairs(self, users: Indices, items: Indices) -> Ratings:
        """See `RewardModel.rate_pairs`."""
        rated = np.empty(len(users), np.float32)
        for start in range(0, len(users), PAIRS_AT_ONCE):
            part = slice(start, start + PAIRS_AT_ONCE)
            np.clip(self.scores(users[part], items[part]), RATING_MIN, RATING_MAX, out=rated[part])
        return rated

    def rate_all(self, users: Indices) -> Ratings:
        """See `RewardModel.rate_all`."""
        return np.stack([self.rate(int(user)) for user in users])

    def arrays(self) -> dict[str, Array]:
        """All arrays by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def of(cls, arrays: Mapping[str, Array]) -> "FactorRewards":
        """The inverse of `arrays`."""
        return cls(**{field.name: arrays[field.name] for field in fields(cls)})

    def scores(self, users: Indices, items: Indices) -> Ratings:
        """Predictions before they are clipped to the scale."""
        scores = self.user_bias[users] + self.item_bias[items] + self.offset
        scores += np.einsum("nk,nk->n", self.user_factors[users], self.item_factors[items])
        hidden = self.user_hidden[users]
        hidden += self.item_hidden[items]
        np.maximum(hidden, 0.0, out=hidden)
        second = hidden @ self.second_weight + self.second_bias
        np.maximum(second, 0.0, out=second)
        scores += second @ self.last_weight
        return np.asarray(scores, np.float32)
