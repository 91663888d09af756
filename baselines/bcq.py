"""BCQ for discrete actions (Fujimoto et al. 2019): offline, from the training log.

A second head imitates the log; only items whose likelihood in the log comes near the most likely
one's may be chosen.
"""

from dataclasses import dataclass
from math import log

import torch
from torch import Tensor

from baselines.learner import OfflineLearner, OfflineSettings
from baselines.network import HIDDEN, best
from baselines.observer import Observation

VALUES, IMITATION = 0, 1


@dataclass(frozen=True)
class BCQSettings(OfflineSettings):
    """Settings of BCQ."""

    temperature: float = 0.02
    threshold: float = 0.3
    """The minimum likelihood relative to the most likely item; tau in its paper."""


class BCQ(OfflineLearner[BCQSettings]):
    """A network with a value head and an imitation head, and its target network."""

    heads = 2

    def scores(self, seen: Observation) -> Tensor:
        """The Q-values of allowed items."""
        logits = self.network.scores(seen, IMITATION)
        return allowed(self.network.scores(seen, VALUES), logits, self.settings.threshold)

    def following(self, after: Observation) -> Tensor:
        """The value of the best allowed next item."""
        return self.target.chosen(after, best(self.scores(after)), VALUES)


def allowed(values: Tensor, logits: Tensor, threshold: float) -> Tensor:
    """Masks items that are unlikely in the log."""
    favourite = logits.amax(1, keepdim=True)
    return torch.where(logits < favourite + log(threshold), HIDDEN, values)
