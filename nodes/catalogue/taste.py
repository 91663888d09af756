"""What users are expected to rate, as the agent may know it."""

from functools import lru_cache

from simulator import RewardModel
from simulator.arrays import Ratings

USERS = 64  # whose ratings of the whole catalogue are kept


class Taste:
    """Expected ratings of the whole catalogue; those of the last users are kept."""

    def __init__(self, expected: RewardModel) -> None:
        self.of = lru_cache(USERS)(self._of)
        self._expected = expected

    def _of(self, user: int) -> Ratings:
        return self._expected.rate(user)
