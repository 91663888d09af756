"""DQN (Mnih et al. 2015), its targets estimated by two networks (van Hasselt et al. 2016).

Online, on the training half: many users are played with side by side, one item each, then values
take one step on transitions drawn from all that was seen so far.
"""

from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from baselines.learner import Arrays, OnlineLearner, OnlineSettings
from baselines.network import HIDDEN, TwoTower, best, draw, soft_update
from baselines.observer import Observation
from baselines.replay_buffer import ReplayBuffer, Transitions
from simulator.arrays import Indices


@dataclass(frozen=True)
class DQNSettings(OnlineSettings):
    """Settings of DQN."""

    batch: int = 128
    temperature: float = 0.02
    first_chance: float = 1.0
    """How often an item is shown that chance chose, at first and at last."""
    last_chance: float = 0.01
    exploring: float = 0.1
    """The share of the budget over which the first falls to the last."""
    follow: float = 0.01


class DQN(OnlineLearner[DQNSettings]):
    """Values of all items, and a slower copy that they are learnt from."""

    def build_networks(self) -> tuple[nn.Module, ...]:
        """See `Learner.build_networks`."""
        self.network = TwoTower(self.observer, self.settings.hidden)
        self.target = deepcopy(self.network)
        self.buffer = ReplayBuffer.empty(
            self.settings.sessions, self.budget // self.settings.sessions
        )
        return (self.network,)

    @property
    def stride(self) -> int:
        """See `Learner.stride`."""
        return self.settings.sessions

    def scores(self, seen: Observation) -> Tensor:
        """The values."""
        return self.network.scores(seen)

    def advance(self) -> None:
        """One item for each user, and one step of learning."""
        outcome = self.environment.step(self.explore())
        self.buffer.add(self.environment.sessions, outcome)
        self.environment.restart_finished(self.rng)
        self.data += self.stride
        batch = self.settings.batch
        parts = (self.buffer.sample(rows, self.rng, self.observer) for rows in self.parts(batch))
        self.improve(map(self.loss, parts), batch)
        soft_update(self.target, self.network, self.settings.follow)

    def loss(self, batch: Transitions) -> Tensor:
        """How far values are from their targets, summed over transitions."""
        values = self.network.chosen(batch.before, batch.items)
        return functional.smooth_l1_loss(values, self.targets(batch), reduction="sum")

    @torch.no_grad()
    def explore(self) -> Indices:
        """The best items, and now and then any that was not shown."""
        scores = self.network.scores(self.observer(self.environment.sessions))
        items = best(scores)
        tries = torch.from_numpy(self.rng.random(len(items)) < self.chance()).to(items.device)
        alike = torch.where(scores[tries] > HIDDEN, 0.0, HIDDEN)
        items[tries] = draw(alike, self.rng.random(len(alike), np.float32))
        return items.cpu().numpy()

    def chance(self) -> float:
        """How often chance chooses by now."""
        first, last = self.settings.first_chance, self.settings.last_chance
        past = self.data / self.budget / self.settings.exploring
        return first + min(1.0, past) * (last - first)

    @torch.no_grad()
    def targets(self, batch: Transitions) -> Tensor:
        """The reward and what follows: the network says which item, its slower copy what worth."""
        items = best(self.network.scores(batch.after))
        following = self.target.chosen(batch.after, items)
        gamma = self.settings.gamma
        return (1 - gamma) * batch.rewards + gamma * batch.stays * following

    def arrays(self) -> Arrays:
        """See `Learner.arrays`."""
        kept = {f"seen.{name}": array for name, array in self.buffer.arrays().items()}
        return super().arrays() | kept

    def restore(self, arrays: Arrays) -> None:
        """See `Learner.restore`."""
        super().restore(arrays)
        kept = {key: array for key, array in arrays.items() if key.startswith("seen.")}
        self.buffer.refill({key.removeprefix("seen."): array for key, array in kept.items()})
