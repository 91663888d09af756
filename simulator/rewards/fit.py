"""Fits DeepFM with seeded batches, negatives and early stopping on held-out ratings."""

from collections.abc import Callable
from copy import deepcopy

import numpy as np
import torch
from numpy.typing import NDArray

from simulator.arrays import Indices, Ratings
from simulator.rewards.biases import rmse
from simulator.rewards.deepfm import DeepFM, FitSettings, Pairs

SMALLEST_BATCH, LARGEST_BATCH, BATCHES_AN_EPOCH = 512, 8192, 64
UNOBSERVED_RATING = 1.0

Sampler = Callable[[np.random.Generator], Pairs]


def fit_deepfm(
    model: DeepFM, sample: Sampler, validation: Pairs, settings: FitSettings, seed: int
) -> tuple[int, int]:
    """Trains in place to the best epoch; returns the epochs run, and the best, 0 if untrained."""
    rng = np.random.default_rng(seed)
    optimiser = torch.optim.Adam(_groups(model, settings), lr=settings.learning_rate)
    best, best_epoch, kept = _error(model, validation), 0, deepcopy(model.state_dict())
    epoch = 0
    for epoch in range(1, settings.epochs + 1):
        _train(model, optimiser, sample(rng), rng)
        error = _error(model, validation)
        if error < best - 1e-5:
            best, best_epoch, kept = error, epoch, deepcopy(model.state_dict())
        elif epoch - best_epoch >= settings.patience:
            break
    model.load_state_dict(kept)
    return epoch, best_epoch


def predict_ratings(model: DeepFM, pairs: Pairs) -> Ratings:
    """Ratings clipped to the scale, as the world gives them."""
    return model.rewards().rate_pairs(pairs.users, pairs.items)


def _train(
    model: DeepFM, optimiser: torch.optim.Optimizer, pairs: Pairs, rng: np.random.Generator
) -> None:
    size = int(np.clip(len(pairs.users) // BATCHES_AN_EPOCH, SMALLEST_BATCH, LARGEST_BATCH))
    order = rng.permutation(len(pairs.users))
    users, items, ratings = (torch.from_numpy(np.asarray(column)) for column in pairs)
    for start in range(0, len(order), size):
        batch = torch.from_numpy(order[start : start + size])
        optimiser.zero_grad(set_to_none=True)
        predicted = model(users[batch].long(), items[batch].long())
        loss = ((predicted - ratings[batch]) ** 2).mean()
        loss.backward()
        optimiser.step()


def _error(model: DeepFM, pairs: Pairs) -> float:
    return rmse(predict_ratings(model, pairs), pairs.ratings)


def _groups(model: DeepFM, settings: FitSettings) -> list[dict[str, object]]:
    """Weight decay applies to embeddings and network, not to the biases that were fitted before."""
    biases = [model.offset, model.user_bias, model.item_bias]
    rest = [p for p in model.parameters() if all(p is not bias for bias in biases)]
    return [
        {"params": biases, "lr": settings.learning_rate / 10},
        {"params": rest, "weight_decay": settings.decay},
    ]


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
