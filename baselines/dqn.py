"""DQN (Mnih et al. 2015) with double Q-learning (van Hasselt et al. 2016).

Online, on the training half: one item in each of many parallel sessions, then one gradient step on
transitions sampled from the replay buffer.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from baselines.learner import Arrays, OnlineLearner, OnlineSettings
from baselines.network import HIDDEN, best, draw, soft_update
from baselines.replay_buffer import ReplayBuffer
from simulator.arrays import Indices


@dataclass(frozen=True)
class DQNSettings(OnlineSettings):
    """Settings of DQN."""

    batch: int = 128
    temperature: float = 0.02
    first_chance: float = 1.0
    """The probability of a random item, initially and finally."""
    last_chance: float = 0.01
    exploring: float = 0.1
    """The share of the budget over which the first falls linearly to the last."""
    follow: float = 0.01


class DQN(OnlineLearner[DQNSettings]):
    """A Q-network and its target network."""

    def build_networks(self) -> tuple[nn.Module, ...]:
        """See `Learner.build_networks`."""
        sessions = self.settings.sessions
        self.buffer = ReplayBuffer.empty(sessions, self.budget // sessions)
        return super().build_networks()

    @property
    def stride(self) -> int:
        """See `Learner.stride`."""
        return self.settings.sessions

    def advance(self) -> None:
        """One item per session, and one gradient step."""
        outcome = self.environment.step(self.explore())
        self.buffer.add(self.environment.sessions, outcome)
        self.environment.restart_finished(self.rng)
        self.data += self.stride
        self.learn(self.buffer, self.observer, self.settings.batch)
        soft_update(self.target, self.network, self.settings.follow)

    @torch.no_grad()
    def explore(self) -> Indices:
        """Epsilon-greedy: the best items, or random unshown ones."""
        scores = self.network.scores(self.observer(self.environment.sessions))
        items = best(scores)
        tries = torch.from_numpy(self.rng.random(len(items)) < self.chance()).to(items.device)
        alike = torch.where(scores[tries] > HIDDEN, 0.0, HIDDEN)
        items[tries] = draw(alike, self.rng.random(len(alike), np.float32))
        return items.cpu().numpy()

    def chance(self) -> float:
        """The current epsilon."""
        first, last = self.settings.first_chance, self.settings.last_chance
        past = self.data / self.budget / self.settings.exploring
        return first + min(1.0, past) * (last - first)

    def arrays(self) -> Arrays:
        """See `Learner.arrays`."""
        kept = {f"seen.{name}": array for name, array in self.buffer.arrays().items()}
        return super().arrays() | kept

    def restore(self, arrays: Arrays) -> None:
        """See `Learner.restore`."""
        super().restore(arrays)
        self.buffer.refill({name: arrays[f"seen.{name}"] for name in self.buffer.arrays()})
