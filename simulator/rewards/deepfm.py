"""DeepFM in plain torch: linear terms, a factorisation machine and a small network."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from simulator.arrays import Indices, Ratings, Vectors
from simulator.rewards.biases import Biases
from simulator.rewards.factors import FactorRewards


@dataclass(frozen=True)
class FitSettings:
    """Hyperparameters of DeepFM and of its training."""

    dimensions: int = 16
    hidden: tuple[int, int] = (32, 16)
    learning_rate: float = 3e-3
    decay: float = 1e-3
    epochs: int = 30
    patience: int = 4


class Pairs(NamedTuple):
    """Ratings of items by users."""

    users: Indices
    items: Indices
    ratings: Ratings

    def joined(self, other: "Pairs") -> "Pairs":
        """The concatenation of both."""
        return Pairs(*(np.concatenate(columns) for columns in zip(self, other, strict=True)))


class DeepFM(nn.Module):
    """Starts as the given user and item biases, and learns their residuals."""

    def __init__(
        self, biases: Biases, genres: Sequence[Sequence[int]], settings: FitSettings
    ) -> None:
        super().__init__()
        size, (first, second) = settings.dimensions, settings.hidden
        users, items = len(biases.users), len(biases.items)
        self.offset = nn.Parameter(torch.tensor(biases.mean, dtype=torch.float32))
        self.user_bias = nn.Parameter(torch.tensor(biases.users, dtype=torch.float32))
        self.item_bias = nn.Parameter(torch.tensor(biases.items, dtype=torch.float32))
        self.user_factors = nn.Embedding(users, size)
        self.item_factors = nn.Embedding(items, size)
        self.none = 1 + max((genre for ids in genres for genre in ids), default=0)
        ids = [torch.tensor(of_item, dtype=torch.long) for of_item in genres]
        self.genre_ids = pad_sequence(ids, batch_first=True, padding_value=self.none)
        self.genre_factors = nn.Embedding(self.none + 1, size, padding_idx=self.none)
        for table in (self.user_factors, self.item_factors, self.genre_factors):
            nn.init.normal_(table.weight, std=0.05)
        self.first = nn.Linear(3 * size, first)
        self.second = nn.Linear(first, second)
        self.last = nn.Linear(second, 1, bias=False)
        nn.init.zeros_(self.last.weight)

    def forward(self, users: Tensor, items: Tensor) -> Tensor:
        """Ratings, not yet clipped to the scale."""
        user, item = self.user_factors(users), self.item_factors(items)
        genre = self.genre_means(items)
        pairwise = (user * (item + genre)).sum(1) + (item * genre).sum(1)
        hidden = torch.relu(self.first(torch.cat([user, item, genre], 1)))
        deep = self.last(torch.relu(self.second(hidden))).squeeze(1)
        scores: Tensor = self.user_bias[users] + self.item_bias[items]
        total: Tensor = self.offset + scores + pairwise + deep
        return total

    def genre_means(self, items: Tensor) -> Tensor:
        """The mean embedding of each item's genres; zero for an item without any."""
        ids = self.genre_ids[items]
        known = (ids != self.none).to(torch.float32)
        total: Tensor = (self.genre_factors(ids) * known[:, :, None]).sum(1)
        return total / known.sum(1, keepdim=True).clamp(min=1.0)

    @torch.no_grad()
    def rewards(self) -> FactorRewards:
        """The same function as plain arrays."""
        size = self.user_factors.embedding_dim
        item, genre = self.item_factors.weight, self.genre_means(torch.arange(len(self.item_bias)))
        of_user, of_item, of_genre = torch.split(self.first.weight, size, dim=1)
        arrays = {
            "user_bias": self.user_bias,
            "item_bias": self.item_bias + (item * genre).sum(1),
            "user_factors": self.user_factors.weight,
            "item_factors": item + genre,
            "user_hidden": self.user_factors.weight @ of_user.T,
            "item_hidden": item @ of_item.T + genre @ of_genre.T + self.first.bias,
            "second_weight": self.second.weight.T,
            "second_bias": self.second.bias,
            "last_weight": self.last.weight[0],
            "offset": self.offset,
        }
        return FactorRewards.of({name: _array(tensor) for name, tensor in arrays.items()})

    @torch.no_grad()
    def item_vectors(self) -> Vectors:
        """Each item's embedding beside the mean embedding of its genres."""
        genre = self.genre_means(torch.arange(len(self.item_bias)))
        return _array(torch.cat([self.item_factors.weight, genre], 1))


def _array(tensor: Tensor) -> Vectors:
    return np.ascontiguousarray(tensor.detach().numpy().astype(np.float32))
