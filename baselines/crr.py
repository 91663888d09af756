"""CRR (Wang et al. 2020): offline, from the training log.

An actor imitates the log with weights that grow with the critic's advantage of the logged item over
the actor's own choice.
"""

from copy import deepcopy
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from baselines.learner import OfflineLearner, OfflineSettings
from baselines.network import TwoTower
from baselines.observer import Observation
from baselines.replay_buffer import Transitions


@dataclass(frozen=True)
class CRRSettings(OfflineSettings):
    """Settings of CRR."""

    sharpness: float = 1.0
    """The divisor of advantages in the exponential, beta in its paper."""
    largest_weight: float = 20.0


class CRR(OfflineLearner[CRRSettings]):
    """An actor, a critic and the critic's target network."""

    def build_networks(self) -> tuple[nn.Module, ...]:
        """See `Learner.build_networks`."""
        self.actor = TwoTower(self.observer, self.settings.hidden)
        self.critic = TwoTower(self.observer, self.settings.hidden)
        self.target = deepcopy(self.critic)
        return (self.actor, self.critic)

    def scores(self, seen: Observation) -> Tensor:
        """The logits of the actor."""
        return self.actor.scores(seen)

    @property
    def followed(self) -> nn.Module:
        """See `OfflineLearner.followed`."""
        return self.critic

    def loss(self, batch: Transitions) -> Tensor:
        """The critic's Huber loss and the weighted imitation loss, summed over transitions."""
        values = self.critic.chosen(batch.before, batch.items)
        logits = self.actor.scores(batch.before)
        with torch.no_grad():
            expected = self.critic.mean(batch.before, torch.softmax(logits, 1))
            advantages = (values - expected) / (1 - self.settings.gamma)
        weights = imitation_weights(
            advantages, self.settings.sharpness, self.settings.largest_weight
        )
        imitation = functional.cross_entropy(logits, batch.items, reduction="none")
        far = functional.smooth_l1_loss(values, self.targets(batch), reduction="sum")
        return far + (weights * imitation).sum()

    def following(self, after: Observation) -> Tensor:
        """The expected value of the actor's next item."""
        return self.target.mean(after, torch.softmax(self.actor.scores(after), 1))


def imitation_weights(advantages: Tensor, sharpness: float, largest: float) -> Tensor:
    """exp(advantage / beta), bounded."""
    return torch.exp(advantages / sharpness).clamp(max=largest)
