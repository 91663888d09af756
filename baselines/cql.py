"""CQL (Kumar et al. 2020) on values of discrete actions: offline, from the training log.

Double Q-learning with a regulariser that lowers the values of items that were not shown: the
logsumexp of all values minus the value of the item shown (CQL(H), equation 4 of its paper).
"""

from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional

from baselines.learner import OfflineLearner, OfflineSettings
from baselines.replay_buffer import Transitions


@dataclass(frozen=True)
class CQLSettings(OfflineSettings):
    """Settings of CQL."""

    temperature: float = 0.02
    caution: float = 0.1
    """The weight of the regulariser, alpha in its paper."""


class CQL(OfflineLearner[CQLSettings]):
    """A Q-network and its target network."""

    def loss(self, batch: Transitions) -> Tensor:
        """The Huber loss plus the regulariser, summed over transitions."""
        values = self.network.scores(batch.before)
        shown = values.gather(1, batch.items[:, None]).squeeze(1)
        far = functional.smooth_l1_loss(shown, self.targets(batch), reduction="sum")
        return far + self.settings.caution * overestimation(values, batch.items)


def overestimation(values: Tensor, items: Tensor) -> Tensor:
    """Logsumexp Q - Q(a), computed as the cross-entropy of the item shown, which is faster."""
    return functional.cross_entropy(values, items, reduction="sum")
