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
    """Shows the item with the highest score, or one sampled by softmax per seed, user and round."""

    def __init__(self, learner: AnyLearner, *, sampled: bool = False, seed: int = 0) -> None:
        super().__init__(learner.world)
        self.learner = learner
        self.sampled = sampled
        self.seed = seed

    @torch.no_grad()
    def _pick(self, sessions: Sessions) -> Indices:
        # products of very few rows are summed in another order, which could change a user's item
        padded = np.resize(np.arange(len(sessions)), max(ROWS, len(sessions)))
        observed = self.learner.observer(sessions.select(padded))
        scores = self.learner.scores(observed)[: len(sessions)]
        if not self.sampled:
            return best(scores).cpu().numpy().astype(np.intp)
        rounds = zip(sessions.users.tolist(), sessions.lengths.tolist(), strict=True)
        rngs = (np.random.default_rng([self.seed, user, length]) for user, length in rounds)
        uniforms = np.array([rng.random(dtype=np.float32) for rng in rngs])
        logits = scores / self.learner.settings.temperature
        return draw(logits, uniforms).cpu().numpy().astype(np.intp)
