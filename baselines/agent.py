"""A learner as a policy for many users at once, greedy or sampled."""

import numpy as np
import torch

from baselines.learner import AnyLearner
from baselines.network import best, draw
from simulator.arrays import Indices
from simulator.batch_environment import Sessions
from simulator.policies import ReferencePolicy

ROWS = 8


class Agent(ReferencePolicy):
    """Shows the item with the highest score, or samples by softmax.

    A sampled item is determined by the seed, the user and the round.
    """

    def __init__(self, learner: AnyLearner, *, sampled: bool = False, seed: int = 0) -> None:
        super().__init__(learner.world)
        self.learner = learner
        self.sampled = sampled
        self.seed = seed

    @torch.no_grad()
    def _pick(self, sessions: Sessions) -> Indices:
        scores = self.learner.scores(self.learner.observer(_padded(sessions)))[: len(sessions)]
        if not self.sampled:
            return best(scores).cpu().numpy().astype(np.intp)
        logits = scores / self.learner.settings.temperature
        return draw(logits, self._uniforms(sessions)).cpu().numpy().astype(np.intp)

    def _uniforms(self, sessions: Sessions) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
        rounds = zip(sessions.users.tolist(), sessions.lengths.tolist(), strict=True)
        seeds = [[self.seed, user, length] for user, length in rounds]
        return np.array([np.random.default_rng(s).random(dtype=np.float32) for s in seeds])


def _padded(sessions: Sessions) -> Sessions:
    """Repeats sessions up to `ROWS`.

    Matrix products of very few rows are summed in another order, which would make a user's item
    depend on the number of other users.
    """
    return sessions.select(np.resize(np.arange(len(sessions)), max(ROWS, len(sessions))))
