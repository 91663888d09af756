"""Turns sessions into features: the last shown items and the user's viewing history."""

from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array
from torch import Tensor

from simulator import World
from simulator.batch_environment import Sessions
from simulator.ragged import Ragged

RECENT = 10  # more than the window of any world, which is unknown to a learner

Floats = NDArray[np.float32]


class Observation(NamedTuple):
    """A row of features per session, and its shown items as (row, item) pairs."""

    features: Tensor
    rows: Tensor
    shown: Tensor


class Observer:
    """Turns sessions into observations; `items` are the item tower's fixed vectors."""

    def __init__(self, items: Tensor, histories: Tensor) -> None:
        self.items = items
        self.histories = histories
        # index -1 (no item) selects the last row, which is zero
        self._or_nothing = torch.cat([items, torch.zeros_like(items[:1])])

    @classmethod
    def of(cls, world: World, device: torch.device) -> "Observer":
        """An observer of a world's users and their viewing histories."""
        items = item_vectors(world)
        lists = Ragged.of(world.histories)
        counts = np.maximum(np.diff(lists.starts), 1)[:, None]
        histories = np.asarray(sums(lists, items) / counts, np.float32)
        return cls(torch.from_numpy(items).to(device), torch.from_numpy(histories).to(device))

    def with_histories(self, histories: Floats) -> "Observer":
        """The same items with other users, given by their mean history vectors."""
        return Observer(self.items, torch.from_numpy(histories).to(self.items.device))

    @property
    def width(self) -> int:
        """The number of features."""
        return (RECENT + 1) * self.items.shape[1] + 1

    def __call__(self, sessions: Sessions) -> Observation:
        """The observation of these sessions."""
        recent = self._or_nothing[self._tensor(sessions.recent(RECENT))]
        history = self.histories[self._tensor(sessions.users)]
        rounds = torch.log1p(self._tensor(sessions.lengths).float())[:, None]
        rows, columns = np.nonzero(sessions.shown[:, : sessions.lengths.max(initial=0)] >= 0)
        return Observation(
            torch.cat([recent.flatten(1), history, rounds], 1),
            self._tensor(rows),
            self._tensor(sessions.shown[rows, columns]),
        )

    def _tensor(self, numbers: NDArray[np.integer[Any]]) -> Tensor:
        return torch.from_numpy(numbers).to(self.items.device, torch.long)


def item_vectors(world: World) -> Floats:
    """The training half's vectors beside popularity and a constant, all scaled to about one.

    All coordinates of a vector share one scale, as users quit over distances between vectors.
    """
    vectors = world.half("train").vectors.astype(np.float32)
    counts = np.log1p(world.item_popularity().astype(np.float64))
    columns = [_scaled(vectors - vectors.mean(axis=0)), _scaled(counts - counts.mean())[:, None]]
    return np.hstack([*columns, np.ones((len(vectors), 1))]).astype(np.float32)


def sums(lists: Ragged, items: Floats) -> Floats:
    """The sum of the vectors of each list of items."""
    ones = np.ones(len(lists.values), np.float32)
    table = csr_array((ones, lists.values, lists.starts), shape=(len(lists), len(items)))
    return np.asarray(table @ items, np.float32)


def _scaled(numbers: NDArray[Any]) -> NDArray[Any]:
    size = float(np.sqrt(np.mean(numbers**2)))
    return numbers / size if size > 0 else numbers
