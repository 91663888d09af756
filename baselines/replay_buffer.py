"""A replay buffer of transitions in temporal order, from which sessions are reconstructed."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from baselines.observer import Observation, Observer
from simulator.arrays import Flags, Indices, Ratings
from simulator.batch_environment import NO_ITEM, BatchOutcome, Sessions


class Transitions(NamedTuple):
    """A batch of transitions; `stays` is 0 where the user quit."""

    before: Observation
    items: Tensor
    rewards: Tensor
    stays: Tensor
    after: Observation


@dataclass(eq=False)
class ReplayBuffer:
    """One lane per parallel session, with successive sessions one after another.

    The items shown before a transition are the `places` items that precede it in its lane.
    """

    users: NDArray[np.int32]
    items: NDArray[np.int32]
    places: NDArray[np.int32]
    rewards: Ratings
    left: Flags
    filled: int = 0

    @classmethod
    def empty(cls, lanes: int, steps: int) -> "ReplayBuffer":
        """An empty buffer with a given capacity."""
        shape = lanes, steps
        users, items, places = (np.zeros(shape, np.int32) for _ in range(3))
        return cls(users, items, places, np.zeros(shape, np.float32), np.zeros(shape, bool))

    def add(self, sessions: Sessions, outcome: BatchOutcome) -> None:
        """Adds the last step of every lane."""
        step = self.filled
        self.users[:, step] = sessions.users
        self.items[:, step] = sessions.recent(1)[:, 0]
        self.places[:, step] = sessions.lengths - 1
        self.rewards[:, step] = outcome.rewards
        self.left[:, step] = outcome.terminated
        self.filled += 1

    def __len__(self) -> int:
        return len(self.users) * self.filled

    def sample(self, count: int, rng: np.random.Generator, observer: Observer) -> Transitions:
        """Samples transitions with replacement."""
        lanes, steps = np.divmod(rng.integers(len(self), size=count), self.filled)
        device = observer.items.device
        return Transitions(
            before=observer(self.sessions(lanes, steps, shown=0)),
            items=torch.from_numpy(self.items[lanes, steps]).to(device, torch.long),
            rewards=torch.from_numpy(self.rewards[lanes, steps]).to(device),
            stays=torch.from_numpy(~self.left[lanes, steps]).to(device, torch.float32),
            after=observer(self.sessions(lanes, steps, shown=1)),
        )

    def sessions(self, lanes: Indices, steps: Indices, shown: int) -> Sessions:
        """The sessions before these transitions (`shown=0`), or after them (`shown=1`)."""
        lengths = (self.places[lanes, steps] + shown).astype(np.intp)
        places = np.arange(lengths.max(initial=0))
        columns = np.minimum((steps + shown - lengths)[:, None] + places, self.items.shape[1] - 1)
        rows = self.items[lanes[:, None], columns]
        rows[places >= lengths[:, None]] = NO_ITEM
        return Sessions(self.users[lanes, steps].astype(np.intp), rows, lengths)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The filled part of all arrays, by name."""
        columns = {name: array for name, array in vars(self).items() if name != "filled"}
        return {name: array[:, : self.filled] for name, array in columns.items()}

    def refill(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Restores what `arrays` returned."""
        self.filled = arrays["users"].shape[1]
        for name, column in self.arrays().items():
            column[:] = arrays[name]
