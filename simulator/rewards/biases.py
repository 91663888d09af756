"""User and item biases, and the error measures RMSE and AUC."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from simulator.arrays import Indices, Ratings

Floats = NDArray[np.float64]

DAMPING = 5.0
SWEEPS = 10


@dataclass(frozen=True)
class Biases:
    """The global mean, and the deviation of each user and item from it."""

    mean: float
    users: Floats
    items: Floats


def fit_biases(users: Indices, items: Indices, ratings: Ratings, shape: tuple[int, int]) -> Biases:
    """Damped least squares by alternating sweeps."""
    mean = float(ratings.mean()) if len(ratings) else 0.0
    user_bias, item_bias = np.zeros(shape[0]), np.zeros(shape[1])
    for _ in range(SWEEPS):
        item_bias = _damped(items, ratings - mean - user_bias[users], shape[1])
        user_bias = _damped(users, ratings - mean - item_bias[items], shape[0])
    return Biases(mean, user_bias, item_bias)


def _damped(groups: Indices, residuals: Floats, size: int) -> Floats:
    totals = np.bincount(groups, residuals, size)
    return np.asarray(totals / (np.bincount(groups, minlength=size) + DAMPING))


def rmse(predicted: NDArray[np.floating], actual: NDArray[np.floating]) -> float:
    """Root mean squared error."""
    return float(np.sqrt(np.mean((predicted.astype(float) - actual) ** 2)))


def auc(seen: NDArray[np.number], unseen: NDArray[np.number]) -> float:
    """The probability that a seen pair scores above an unseen one; ties count half."""
    ranks = rankdata(np.concatenate([seen, unseen]))
    above = ranks[: len(seen)].sum() - len(seen) * (len(seen) + 1) / 2
    return float(above / (len(seen) * len(unseen)))
