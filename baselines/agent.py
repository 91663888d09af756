"""A learner as a policy: it chooses for many users at once, greedily or by chance."""

import numpy as np
import torch

from baselines.learner import AnyLearner
from baselines.network import best, draw
from simulator.policies import ReferencePolicy
from simulator.vector import Rows, Sessions

ROWS = 8


class Agent(ReferencePolicy):
    """Shows what a learner scores highest, or items as likely as its scores make them.

    When sampled, the same seed, user and round give the same item.
    """

    def __init__(self, learner: AnyLearner, *, sampled: bool = False, seed: int = 0) -> None:
        super().__init__(learner.world)
        self.learner = learner
        self.sampled = sampled
        self.seed = seed

    @torch.no_grad()
    def _pick(self, sessions: Sessions) -> Rows:
        scores = self.learner.scores(self.learner.observer(_padded(sessions)))[: len(sessions)]
        if not self.sampled:
            return best(scores).cpu().numpy().astype(np.intp)
        logits = scores / self.learner.settings.temperature
        return draw(logits, self._heights(sessions)).cpu().numpy().astype(np.intp)

    def _heights(self, sessions: Sessions) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
        rounds = zip(sessions.users.tolist(), sessions.lengths.tolist(), strict=True)
        seeds = [[self.seed, user, length] for user, length in rounds]
        return np.array([np.random.default_rng(s).random(dtype=np.float32) for s in seeds])


def _padded(sessions: Sessions) -> Sessions:
    """As they are, or repeated up to a few.

    Products of very few rows are summed in another order; so one user alone would now and then be
    shown another item than among many.
    """
    return sessions.select(np.resize(np.arange(len(sessions)), max(ROWS, len(sessions))))
