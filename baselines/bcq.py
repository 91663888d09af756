"""BCQ for discrete actions (Fujimoto et al. 2019): offline, from the training log.

A second head imitates the log; only items whose likelihood in the log comes near the most likely
one's may be chosen.
"""

from copy import deepcopy
from dataclasses import dataclass
from math import log

import torch
from torch import Tensor, nn
from torch.nn import functional

from baselines.learner import OfflineLearner, OfflineSettings
from baselines.network import HIDDEN, TwoTower, best, soft_update
from baselines.observer import Observation
from baselines.replay_buffer import Transitions

VALUES, IMITATION = 0, 1


@dataclass(frozen=True)
class BCQSettings(OfflineSettings):
    """Settings of BCQ."""

    temperature: float = 0.02
    threshold: float = 0.3
    """The minimum likelihood relative to the most likely item; tau in its paper."""
    follow: float = 0.01


class BCQ(OfflineLearner[BCQSettings]):
    """A network with a value head and an imitation head, and its target network."""

    def build_networks(self) -> tuple[nn.Module, ...]:
        """See `Learner.build_networks`."""
        self.network = TwoTower(self.observer, self.settings.hidden, heads=2)
        self.target = deepcopy(self.network)
        return (self.network,)

    def scores(self, seen: Observation) -> Tensor:
        """The Q-values of allowed items."""
        logits = self.network.scores(seen, IMITATION)
        return allowed(self.network.scores(seen, VALUES), logits, self.settings.threshold)

    def advance(self) -> None:
        """One gradient step on logged transitions."""
        self.learn(self.loss)
        soft_update(self.target, self.network, self.settings.follow)

    def loss(self, batch: Transitions) -> Tensor:
        """The losses of both heads, summed over transitions."""
        values = self.network.chosen(batch.before, batch.items, VALUES)
        logits = self.network.scores(batch.before, IMITATION)
        return functional.smooth_l1_loss(
            values, self.targets(batch), reduction="sum"
        ) + functional.cross_entropy(logits, batch.items, reduction="sum")

    @torch.no_grad()
    def targets(self, batch: Transitions) -> Tensor:
        """The reward and the value of the best allowed next item."""
        following = self.target.chosen(batch.after, best(self.scores(batch.after)), VALUES)
        gamma = self.settings.gamma
        return (1 - gamma) * batch.rewards + gamma * batch.stays * following


def allowed(values: Tensor, logits: Tensor, threshold: float) -> Tensor:
    """Masks items that are unlikely in the log."""
    favourite = logits.amax(1, keepdim=True)
    return torch.where(logits < favourite + log(threshold), HIDDEN, values)
