"""The two-tower network of all methods: state tower, item vectors, and their dot products."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from baselines.observer import Observation, Observer

HIDDEN = -1e9  # the score of an item already shown; finite, so that 0 * log(0) stays 0


class TwoTower(nn.Module):
    """Scores every item by the dot product of its vector with a head's output, plus a bias.

    Heads start at zero, so no item is preferred before training.
    """

    items: Tensor

    def __init__(self, observer: Observer, hidden: int, heads: int = 1) -> None:
        super().__init__()
        count, size = observer.items.shape
        self.register_buffer("items", observer.items, persistent=False)
        self.state = nn.Sequential(nn.Linear(observer.width, hidden), nn.ReLU())
        self.heads = nn.ModuleList(nn.Linear(hidden, size) for _ in range(heads))
        for weights in self.heads.parameters():
            nn.init.zeros_(weights)
        self.biases = nn.Parameter(torch.zeros(heads, count))

    def scores(self, seen: Observation, head: int = 0) -> Tensor:
        """A row of scores of all items per session; shown items are masked if any is left."""
        wanted = self.heads[head](self.state(seen.features))
        scores = torch.addmm(self.biases[head], wanted, self.items.T)
        rows, shown, count = seen.rows, seen.shown, scores.shape[1]
        if len(rows) >= count:
            pairs = torch.unique(rows * count + shown)
            rows, shown = pairs // count, pairs % count
            some_left = torch.bincount(rows, minlength=len(scores)) < count
            rows, shown = rows[some_left[rows]], shown[some_left[rows]]
        scores[rows, shown] = HIDDEN
        return scores

    def chosen(self, seen: Observation, items: Tensor, head: int = 0) -> Tensor:
        """The score of one item per session, without computing the others."""
        wanted = self.heads[head](self.state(seen.features))
        scores: Tensor = (wanted * self.items[items]).sum(1) + self.biases[head][items]
        return scores

    def mean(self, seen: Observation, shares: Tensor, head: int = 0) -> Tensor:
        """The expected score under item probabilities: the score of the expected vector."""
        wanted = self.heads[head](self.state(seen.features))
        scores: Tensor = (wanted * (shares @ self.items)).sum(1) + shares @ self.biases[head]
        return scores


class StateValue(nn.Module):
    """The value of a state."""

    def __init__(self, observer: Observer, hidden: int) -> None:
        super().__init__()
        first = nn.Linear(observer.width, hidden)
        self.layers = nn.Sequential(first, nn.ReLU(), nn.Linear(hidden, 1))

    def forward(self, seen: Observation) -> Tensor:
        """A value per session."""
        return torch.squeeze(self.layers(seen.features), 1)


@torch.no_grad()
def soft_update(target: nn.Module, network: nn.Module, rate: float) -> None:
    """Polyak averaging of a target network towards the trained one."""
    for slow, fast in zip(target.parameters(), network.parameters(), strict=True):
        slow.lerp_(fast, rate)


def best(scores: Tensor) -> Tensor:
    """The item with the highest score in each row."""
    if not scores.is_cpu:
        return scores.argmax(1)
    return torch.from_numpy(scores.numpy().argmax(1))  # ten times as fast as torch on a CPU


def draw(logits: Tensor, uniforms: NDArray[np.float32]) -> Tensor:
    """Samples an item per row by softmax; `uniforms` are uniform numbers below one."""
    cumulative = torch.softmax(logits, 1).cumsum_(1)
    # slightly below the total, so that rounding cannot select past the last item
    tops = cumulative[:, -1] * (1 - 1e-6)
    steps = torch.from_numpy(uniforms).to(cumulative.device) * tops
    return torch.searchsorted(cumulative, steps[:, None], right=True).squeeze(1)
