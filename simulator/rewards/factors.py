"""A fitted DeepFM as plain arrays: what a user and an item bring is added up in advance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from simulator.world import RATING_MAX, RATING_MIN, Indices, Ratings

Array = NDArray[np.float32]
PAIRS_AT_ONCE = 512  # so few that BLAS stays on one thread, which is many times faster here


@dataclass(frozen=True, eq=False)
class FactorRewards:
    """Linear terms, inner products and a small network over pairs (Eq. 18); needs no torch.

    The first layer of the network is linear in what it reads, so a user's and an item's share of it
    are kept instead of their embeddings; the genres of an item are part of its share.
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
        """Everything, by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def of(cls, arrays: Mapping[str, Array]) -> "FactorRewards":
        """From what `arrays` gave."""
        return cls(**{field.name: arrays[field.name] for field in fields(cls)})

    def scores(self, users: Indices, items: Indices) -> Ratings:
        """What the model says before it is clipped to the scale."""
        scores = self.user_bias[users] + self.item_bias[items] + self.offset
        scores += np.einsum("nk,nk->n", self.user_factors[users], self.item_factors[items])
        hidden = self.user_hidden[users]
        hidden += self.item_hidden[items]
        np.maximum(hidden, 0.0, out=hidden)
        second = hidden @ self.second_weight + self.second_bias
        np.maximum(second, 0.0, out=second)
        scores += second @ self.last_weight
        return np.asarray(scores, np.float32)
