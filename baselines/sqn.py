"""SQN (Xin et al. 2020): offline, from the training log, with two heads over one tower.

One head predicts the next logged item, the other learns values by double Q-learning, so that the
denser supervised signal shapes the shared state representation.
"""

from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from baselines.learner import OfflineLearner, OfflineSettings
from baselines.observer import Observation

VALUES, NEXT_ITEM = 0, 1


@dataclass(frozen=True)
class SQNSettings(OfflineSettings):
    """Settings of SQN."""

    temperature: float = 0.02
    recommends: Literal["values", "next item"] = "values"
    """The head that ranks items: values in BiLLP's comparison, the other in SQN's paper."""


class SQN(OfflineLearner[SQNSettings]):
    """A network with a value head and a next-item head, and its target network."""

    heads = 2

    def scores(self, seen: Observation) -> Tensor:
        """The scores of the chosen head."""
        head = VALUES if self.settings.recommends == "values" else NEXT_ITEM
        return self.network.scores(seen, head)
