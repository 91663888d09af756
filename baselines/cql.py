"""CQL (Kumar et al. 2020) on values of discrete actions: offline, from the training log.

Double Q-learning with a regulariser that presses down the values of items that were not shown:
logsumexp of all values less the value of the item shown (CQL(H), equation 4 of its paper).
"""

from copy import deepcopy
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from baselines.learner import OfflineLearner, OfflineSettings
from baselines.network import TwoTower, best, soft_update
from baselines.observer import Observation
from baselines.replay_buffer import Transitions


@dataclass(frozen=True)
class CQLSettings(OfflineSettings):
    """Settings of CQL."""

    temperature: float = 0.02
    caution: float = 0.1
    """The weight of the regulariser, alpha in its paper."""
    follow: float = 0.01


class CQL(OfflineLearner[CQLSettings]):
    """Values of all items, and a slower copy that they are learnt from."""

    def build_networks(self) -> tuple[nn.Module, ...]:
        """See `Learner.build_networks`."""
        self.network = TwoTower(self.observer, self.settings.hidden)
        self.target = deepcopy(self.network)
        return (self.network,)

    def scores(self, seen: Observation) -> Tensor:
        """The values."""
        return self.network.scores(seen)

    def advance(self) -> None:
        """One step of learning on transitions of the log."""
        self.learn(self.loss)
        soft_update(self.target, self.network, self.settings.follow)

    def loss(self, batch: Transitions) -> Tensor:
        """How far values are from their targets and above the log's, summed over transitions."""
        targets = self.targets(batch)
        values = self.network.scores(batch.before)
        shown = values.gather(1, batch.items[:, None]).squeeze(1)
        far = functional.smooth_l1_loss(shown, targets, reduction="sum")
        return far + self.settings.caution * overestimation(values, batch.items)

    @torch.no_grad()
    def targets(self, batch: Transitions) -> Tensor:
        """The reward and what follows: the network says which item, its slower copy what worth."""
        items = best(self.network.scores(batch.after))
        following = self.target.chosen(batch.after, items)
        gamma = self.settings.gamma
        return (1 - gamma) * batch.rewards + gamma * batch.stays * following


def overestimation(values: Tensor, items: Tensor) -> Tensor:
    """How far the values of all items lie above that of the item shown: logsumexp Q - Q(a).

    That is the cross-entropy of the item shown, were values logits, and reckoned faster so.
    """
    return functional.cross_entropy(values, items, reduction="sum")
