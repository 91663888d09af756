"""Ratings of each user by a model that has not seen that user's ratings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.arrays import Indices, Ratings
from simulator.rewards.averaged import Averaged
from simulator.rewards.factors import FactorRewards
from simulator.world import RewardModel

FOLDS = 2

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class CrossFitted:
    """Users are in folds; the n-th model rates the n-th fold, and was fitted on the others."""

    folds: NDArray[np.int8]
    models: tuple[FactorRewards, ...]

    def rate(self, user: int, items: Sequence[int] | None = None) -> Ratings:
        """See `RewardModel.rate`."""
        return self.models[int(self.folds[user])].rate(user, items)

    def rate_pairs(self, users: Indices, items: Indices) -> Ratings:
        """See `RewardModel.rate_pairs`."""
        rated, folds = np.empty(len(users), np.float32), self.folds[users]
        for fold, model in enumerate(self.models):
            chosen = folds == fold
            rated[chosen] = model.rate_pairs(users[chosen], items[chosen])
        return rated

    def rate_all(self, users: Indices) -> Ratings:
        """See `RewardModel.rate_all`."""
        return np.stack([self.rate(int(user)) for user in users])

    def averaged_with(self, whole: RewardModel) -> Averaged:
        """The mean of these models and of the one that was fitted on all users."""
        return Averaged((whole, *self.models))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The folds, and all arrays of the models by number and name."""
        models = enumerate(self.models)
        return {"folds": self.folds} | {
            f"{fold}.{name}": array
            for fold, model in models
            for name, array in model.arrays().items()
        }

    @classmethod
    def of(cls, arrays: Arrays) -> "CrossFitted":
        """The inverse of `arrays`."""
        return cls(
            arrays["folds"],
            tuple(FactorRewards.of(_numbered(arrays, fold)) for fold in range(FOLDS)),
        )


def draw_folds(users: int, rng: np.random.Generator) -> NDArray[np.int8]:
    """The fold of each user; their sizes differ by one user at most."""
    return rng.permutation(np.arange(users) % FOLDS).astype(np.int8)


def _numbered(arrays: Arrays, fold: int) -> dict[str, NDArray[Any]]:
    start = f"{fold}."
    return {k.removeprefix(start): array for k, array in arrays.items() if k.startswith(start)}
