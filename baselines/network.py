"""The network of all methods: a tower for the state, item vectors, and their dot products."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from baselines.observe import Observation, Observer

HIDDEN = -1e9  # the score of an item already shown; finite, so that 0 * log(0) stays 0


class TwoTower(nn.Module):
    """Scores every item: its vector's dot product with what a head makes of the state, plus bias.

    A head starts at zero everywhere, so nothing is preferred before something was learnt.
    """

    items: Tensor

    def __init__(self, observer: Observer, hidden: int, heads: int = 1) -> None:
        super().__init__()
        count, size = observer.items.shape
        self.register_buffer("items", observer.items, persistent=False)
        self.state = nn.Sequential(nn.Linear(observer.width, hidden), nn.ReLU())
        self.heads = nn.ModuleList(_zero(nn.Linear(hidden, size)) for _ in range(heads))
        self.biases = nn.Parameter(torch.zeros(heads, count))

    def scores(self, seen: Observation, head: int = 0) -> Tensor:
        """A row of scores of the whole catalogue for each session, hidden where shown before."""
        wanted = self.heads[head](self.state(seen.features))
        return hide_shown(torch.addmm(self.biases[head], wanted, self.items.T), seen)

    def chosen(self, seen: Observation, items: Tensor, head: int = 0) -> Tensor:
        """The score of one item for each session, without reckoning all others."""
        wanted = self.heads[head](self.state(seen.features))
        scores: Tensor = (wanted * self.items[items]).sum(1) + self.biases[head][items]
        return scores

    def mean(self, seen: Observation, shares: Tensor, head: int = 0) -> Tensor:
        """The mean score of items in these shares: that of their mean vector."""
        wanted = self.heads[head](self.state(seen.features))
        scores: Tensor = (wanted * (shares @ self.items)).sum(1) + shares @ self.biases[head]
        return scores


def _zero(layer: nn.Linear) -> nn.Linear:
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


class StateValue(nn.Module):
    """What is still to come from a state."""

    def __init__(self, observer: Observer, hidden: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(observer.width, hidden), nn.ReLU(), nn.Linear(hidden, 1)
        )

    def forward(self, seen: Observation) -> Tensor:
        """A number a session."""
        values: Tensor = self.layers(seen.features).squeeze(1)
        return values


def hide_shown(scores: Tensor, seen: Observation) -> Tensor:
    """Puts items already shown out of the question, in place; all count where none is left."""
    rows, shown = seen.rows, seen.shown
    if len(rows) >= scores.shape[1]:
        pairs = torch.unique(rows * scores.shape[1] + shown)
        rows, shown = pairs // scores.shape[1], pairs % scores.shape[1]
        some_left = torch.bincount(rows, minlength=len(scores)) < scores.shape[1]
        rows, shown = rows[some_left[rows]], shown[some_left[rows]]
    scores[rows, shown] = HIDDEN
    return scores


@torch.no_grad()
def follow(target: nn.Module, network: nn.Module, rate: float) -> None:
    """Moves a target network a little towards the one that learns."""
    for slow, fast in zip(target.parameters(), network.parameters(), strict=True):
        slow.lerp_(fast, rate)


def best(scores: Tensor) -> Tensor:
    """The item with the highest score in each row."""
    if not scores.is_cpu:
        return scores.argmax(1)
    return torch.from_numpy(scores.numpy().argmax(1))  # ten times as fast as torch's on a CPU


def draw(logits: Tensor, heights: NDArray[np.float32]) -> Tensor:
    """An item for each row, as likely as its logit says; chance is given as numbers below one."""
    ladder = torch.softmax(logits, 1).cumsum_(1)
    # a little less than the top, which rounding could otherwise reach, and no item stands above it
    tops = ladder[:, -1] * (1 - 1e-6)
    steps = torch.from_numpy(heights).to(ladder.device) * tops
    return torch.searchsorted(ladder, steps[:, None], right=True).squeeze(1)
