"""SQN (Xin et al. 2020): offline, from the training log, with two heads over one tower.

One head predicts the next logged item, the other learns values by double Q-learning, so that the
denser supervised signal shapes the shared state representation.
"""

from copy import deepcopy
from dataclasses import dataclass
from typing import Literal

from torch import Tensor, nn
from torch.nn import functional

from baselines.learner import OfflineLearner, OfflineSettings
from baselines.network import TwoTower, double_q_targets, soft_update
from baselines.observer import Observation
from baselines.replay_buffer import Transitions

VALUES, NEXT_ITEM = 0, 1


@dataclass(frozen=True)
class SQNSettings(OfflineSettings):
    """Settings of SQN."""

    temperature: float = 0.02
    recommends: Literal["values", "next item"] = "values"
    """The head that ranks items: values in BiLLP's comparison, the other in SQN's paper."""
    follow: float = 0.01


class SQN(OfflineLearner[SQNSettings]):
    """A network with a value head and a next-item head, and its target network."""

    def build_networks(self) -> tuple[nn.Module, ...]:
        """See `Learner.build_networks`."""
        self.network = TwoTower(self.observer, self.settings.hidden, heads=2)
        self.target = deepcopy(self.network)
        return (self.network,)

    def scores(self, seen: Observation) -> Tensor:
        """The scores of the chosen head."""
        return self.network.scores(
            seen, VALUES if self.settings.recommends == "values" else NEXT_ITEM
        )

    def advance(self) -> None:
        """One gradient step on logged transitions."""
        self.learn(self.loss)
        soft_update(self.target, self.network, self.settings.follow)

    def loss(self, batch: Transitions) -> Tensor:
        """The losses of both heads, summed over transitions."""
        values = self.network.chosen(batch.before, batch.items, VALUES)
        logits = self.network.scores(batch.before, NEXT_ITEM)
        targets = double_q_targets(self.network, self.target, batch, self.settings.gamma)
        return functional.smooth_l1_loss(
            values, targets, reduction="sum"
        ) + functional.cross_entropy(logits, batch.items, reduction="sum")
