"""What a learner sees of a session: the items shown last and what the user viewed before it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array
from torch import Tensor

from simulator import World
from simulator.ragged import Ragged
from simulator.vector import Sessions

RECENT = 10  # more than any window that a world has, for nobody tells a learner how long it is

Floats = NDArray[np.float32]


class Observation(NamedTuple):
    """A row of features a session, and as pairs of row and item what was shown in it."""

    features: Tensor
    rows: Tensor
    shown: Tensor


class Observer:
    """Turns sessions into observations; `items` are the vectors that all scores are taken with."""

    def __init__(self, items: Tensor, histories: Tensor) -> None:
        self.items = items
        self.histories = histories
        # the last row, all zeros, is what an index of -1 finds where nothing was shown
        self._or_nothing = torch.cat([items, torch.zeros_like(items[:1])])

    @classmethod
    def of(cls, world: World, device: torch.device) -> "Observer":
        """Sees the users of a world with their viewing histories."""
        items = item_vectors(world)
        histories = mean_vectors(ragged(world.histories), items)
        return cls(torch.from_numpy(items).to(device), torch.from_numpy(histories).to(device))

    def with_histories(self, histories: Floats) -> "Observer":
        """The same items seen by other viewers: a row of their mean vectors each."""
        return Observer(self.items, torch.from_numpy(histories).to(self.items.device))

    @property
    def width(self) -> int:
        """How many features an observation has."""
        return (RECENT + 1) * self.items.shape[1] + 1

    def __call__(self, sessions: Sessions) -> Observation:
        """What is to be seen of these sessions."""
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
    """The training half's vectors beside popularity and a constant, all of a size near one.

    One scale for all of a vector's coordinates, for distances between vectors are what bores users.
    """
    vectors = world.half("train").vectors.astype(np.float32)
    counts = np.log1p(popularity(world))
    columns = [_scaled(vectors - vectors.mean(axis=0)), _scaled(counts - counts.mean())[:, None]]
    return np.hstack([*columns, np.ones((len(vectors), 1))]).astype(np.float32)


def popularity(world: World) -> NDArray[np.float64]:
    """How often each item was rated, or viewed where the world does not say."""
    if world.popularity is not None:
        return world.popularity.astype(np.float64)
    viewed = ragged(world.histories).values
    return np.bincount(viewed, minlength=len(world.catalogue)).astype(np.float64)


def mean_vectors(lists: Ragged, items: Floats) -> Floats:
    """The mean vector of each list of items, zero for an empty one."""
    counts = np.diff(lists.starts)
    return np.asarray(sums(lists, items) / np.maximum(counts, 1)[:, None], np.float32)


def sums(lists: Ragged, items: Floats) -> Floats:
    """The sum of the vectors of each list of items."""
    ones = np.ones(len(lists.values), np.float32)
    table = csr_array((ones, lists.values, lists.starts), shape=(len(lists), len(items)))
    return np.asarray(table @ items, np.float32)


def ragged(lists: Sequence[Sequence[int]]) -> Ragged:
    """The same lists as arrays."""
    return lists if isinstance(lists, Ragged) else Ragged.of(lists)


def _scaled(numbers: NDArray[Any]) -> NDArray[Any]:
    size = float(np.sqrt(np.mean(numbers**2)))
    return numbers / size if size > 0 else numbers
