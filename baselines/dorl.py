"""DORL (Gao et al. 2023): A2C in a world model, with a reward for the entropy of logged behaviour.

Where the log has only one continuation, a model learned from it is certain of nothing else, and a
policy collapses to it; so each step also earns the entropy of the log's next item. The training
half is the world model here, as it is for A2C; only the entropy term differs. The paper's
uncertainty penalty needs several world models and is left out.
"""

from dataclasses import dataclass
from math import log

import numpy as np
import torch
from numpy.typing import NDArray

from baselines.a2c import A2C, A2CSettings
from baselines.logged_transitions import logged_histories
from simulator import World
from simulator.arrays import Ratings
from simulator.batch_environment import BatchOutcome, Sessions
from simulator.ragged import Ragged


@dataclass(frozen=True)
class DORLSettings(A2CSettings):
    """Settings of DORL."""

    entropy_reward: float = 1.0
    """The weight of the entropy reward, lambda_2 in its paper."""
    pattern: int = 2
    """The largest number of recent items on which the entropy is conditioned."""


class DORL(A2C):
    """A2C with the world model's rewards plus the entropy term."""

    def __init__(
        self, world: World, settings: DORLSettings, seed: int, device: torch.device
    ) -> None:
        super().__init__(world, settings, seed, device)
        (_, histories), items = logged_histories(world), len(world.catalogue)
        self.worth = settings.entropy_reward
        self.entropies = [
            PatternEntropy(histories, items, size) for size in range(1, settings.pattern + 1)
        ]

    def rewards(self, sessions: Sessions, outcome: BatchOutcome) -> Ratings:
        """The expected rating plus the entropies for each pattern size."""
        entropy = sum(entropy.after(sessions) for entropy in self.entropies)
        return np.asarray(outcome.rewards + self.worth * entropy, np.float32)


class PatternEntropy:
    """The normalised entropy of the log's next item after a set of `size` items.

    It is 1, the maximum, after sets that do not occur in the log.
    """

    def __init__(self, histories: Ragged, items: int, size: int) -> None:
        self.items, self.size = items, size
        lasts = np.repeat(histories.starts[1:], np.diff(histories.starts))
        ends = np.flatnonzero(np.arange(len(histories.values)) + size < lasts)
        before = histories.values[ends[:, None] + np.arange(size)]
        following = histories.values[ends + size].astype(np.int64)
        pairs, counts = np.unique(self._key(before) * items + following, return_counts=True)
        self.keys, starts = np.unique(pairs // items, return_index=True)
        totals = np.add.reduceat(counts, starts) if len(starts) else np.empty(0)
        shares = counts / np.repeat(totals, np.diff(np.append(starts, len(counts))))
        terms = -shares * np.log(shares) / log(max(items, 2))
        self.entropies = np.add.reduceat(terms, starts) if len(starts) else np.empty(0)

    def after(self, sessions: Sessions) -> NDArray[np.float64]:
        """The entropy after the last items of these sessions."""
        entropy = np.ones(len(sessions))
        recent = sessions.recent(self.size)
        keys = self._key(recent)
        places = np.searchsorted(self.keys, keys)
        known = (recent >= 0).all(axis=1) & (places < len(self.keys))
        known[known] = self.keys[places[known]] == keys[known]
        entropy[known] = self.entropies[places[known]]
        return entropy

    def _key(self, items: NDArray[np.int32]) -> NDArray[np.int64]:
        """A key per set of items."""
        powers = self.items ** np.arange(self.size, dtype=np.int64)
        return np.sort(items, axis=1) @ powers
