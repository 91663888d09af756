"""SQN (Xin et al. 2020): offline, from the training log, with two heads over one tower.

One head is taught by the log which item came next, the other learns values by double Q-learning;
so the log's many plain signals shape the state that values are read from.
"""

from copy import deepcopy
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from baselines.learner import OfflineLearner, OfflineSettings
from baselines.network import TwoTower, best, soft_update
from baselines.observer import Observation
from baselines.replay_buffer import Transitions

VALUES, NEXT_ITEM = 0, 1


@dataclass(frozen=True)
class SQNSettings(OfflineSettings):
    """Settings of SQN."""

    temperature: float = 0.02
    recommends: Literal["values", "next item"] = "values"
    """The head that chooses: values in BiLLP's comparison, the other in SQN's own paper."""
    follow: float = 0.01


class SQN(OfflineLearner[SQNSettings]):
    """Values and next items from one tower, and a slower copy that values are learnt from."""

    def build_networks(self) -> tuple[nn.Module, ...]:
        """See `Learner.build_networks`."""
        self.network = TwoTower(self.observer, self.settings.hidden, heads=2)
        self.target = deepcopy(self.network)
        return (self.network,)

    def scores(self, seen: Observation) -> Tensor:
        """What the head that chooses says."""
        return self.network.scores(
            seen, VALUES if self.settings.recommends == "values" else NEXT_ITEM
        )

    def advance(self) -> None:
        """One step of learning on transitions of the log."""
        self.learn(self.loss)
        soft_update(self.target, self.network, self.settings.follow)

    def loss(self, batch: Transitions) -> Tensor:
        """What both heads are wrong by, summed over transitions."""
        values = self.network.chosen(batch.before, batch.items, VALUES)
        logits = self.network.scores(batch.before, NEXT_ITEM)
        return functional.smooth_l1_loss(
            values, self.targets(batch), reduction="sum"
        ) + functional.cross_entropy(logits, batch.items, reduction="sum")

    @torch.no_grad()
    def targets(self, batch: Transitions) -> Tensor:
        """The reward and what follows: the network says which item, its slower copy what worth."""
        items = best(self.network.scores(batch.after, VALUES))
        following = self.target.chosen(batch.after, items, VALUES)
        gamma = self.settings.gamma
        return (1 - gamma) * batch.rewards + gamma * batch.stays * following
