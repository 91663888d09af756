"""Transitions in the order in which they happened, from which any session can be put together."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from baselines.observe import Observation, Observer
from simulator.vector import NOTHING, BatchOutcome, Flags, Rows, Sessions
from simulator.world import Ratings


class Transitions(NamedTuple):
    """Some transitions as tensors; `stays` is 0 where the user left and nothing follows."""

    before: Observation
    items: Tensor
    rewards: Tensor
    stays: Tensor
    after: Observation


@dataclass(eq=False)
class Experience:
    """A lane for each of the sessions played side by side, and in it one session after another.

    Only what happened is kept: what was shown before a transition are the items that precede it in
    its lane, as many as its `places` says.
    """

    users: NDArray[np.int32]
    items: NDArray[np.int32]
    places: NDArray[np.int32]
    rewards: Ratings
    left: Flags
    filled: int = 0

    @classmethod
    def room_for(cls, lanes: int, steps: int) -> "Experience":
        """Nothing yet, with room for so many steps of so many sessions."""
        users, items, places = (np.zeros((lanes, steps), np.int32) for _ in range(3))
        return cls(
            users,
            items,
            places,
            np.zeros((lanes, steps), np.float32),
            np.zeros((lanes, steps), bool),
        )

    def add(self, sessions: Sessions, outcome: BatchOutcome) -> None:
        """The step that has just been taken in every lane."""
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
        """Transitions drawn by chance, one may come twice."""
        lanes, steps = np.divmod(rng.integers(len(self), size=count), self.filled)
        device = observer.items.device
        return Transitions(
            before=observer(self.sessions(lanes, steps, shown=0)),
            items=torch.from_numpy(self.items[lanes, steps]).to(device, torch.long),
            rewards=torch.from_numpy(self.rewards[lanes, steps]).to(device),
            stays=torch.from_numpy(~self.left[lanes, steps]).to(device, torch.float32),
            after=observer(self.sessions(lanes, steps, shown=1)),
        )

    def sessions(self, lanes: Rows, steps: Rows, shown: int) -> Sessions:
        """The sessions as they were at these transitions: before their item was shown, or after."""
        lengths = (self.places[lanes, steps] + shown).astype(np.intp)
        places = np.arange(lengths.max(initial=0))
        columns = np.minimum((steps + shown - lengths)[:, None] + places, self.items.shape[1] - 1)
        rows = self.items[lanes[:, None], columns]
        rows[places >= lengths[:, None]] = NOTHING
        return Sessions(self.users[lanes, steps].astype(np.intp), rows, lengths)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What happened so far, by name."""
        names = ("users", "items", "places", "rewards", "left")
        return {name: getattr(self, name)[:, : self.filled] for name in names}

    def refill(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Puts back what `arrays` gave."""
        self.filled = arrays["users"].shape[1]
        for name, column in self.arrays().items():
            column[:] = arrays[name]
