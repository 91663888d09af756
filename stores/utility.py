"""How useful a reflection was to the sessions that were given it.

A session's advantage is its return less the mean of all sessions that the memory knows, in units of
their spread. All of it is computed when it is asked for, from returns that rows keep as they were,
so the order of commits does not matter.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from stores.rows import USED_BY, Row

SHRINKAGE = 3  # uses at the mean that a reflection is taken to have had before its first
USES_TO_RETIRE = 5


@dataclass(frozen=True)
class Expectation:
    """Mean and spread (standard deviation) of the returns of sessions."""

    mean: float = 0.0
    spread: float = 0.0

    def advantage(self, reward: float) -> float:
        """How much better than the mean a return is; 0 where all are alike."""
        return (reward - self.mean) / self.spread if self.spread > 0 else 0.0


def expectation(rows: Iterable[Row]) -> Expectation:
    """Of the sessions that reflections come from or were given to, each counted once."""
    by_episode = {
        key.removeprefix(USED_BY): reward for row in rows for key, reward in _rewards(row)
    }
    rewards = sorted(by_episode.values())
    if not rewards:
        return Expectation()
    mean = math.fsum(rewards) / len(rewards)
    spread = math.sqrt(math.fsum((reward - mean) ** 2 for reward in rewards) / len(rewards))
    return Expectation(mean, spread)


def uses(row: Row) -> Mapping[str, float]:
    """The returns of the sessions that were given a reflection, by episode."""
    used = (one for one in _rewards(row) if one[0].startswith(USED_BY))
    return {key.removeprefix(USED_BY): reward for key, reward in used}


def utility(row: Row, expected: Expectation) -> float:
    """The mean advantage of the sessions that were given a reflection, shrunk towards 0."""
    advantages = [expected.advantage(reward) for reward in uses(row).values()]
    return math.fsum(advantages) / (len(advantages) + SHRINKAGE)


def is_retired(row: Row, expected: Expectation) -> bool:
    """Whether a reflection has been of no use often enough not to be given any more."""
    return len(uses(row)) >= USES_TO_RETIRE and utility(row, expected) < 0


def went_well(row: Row, expected: Expectation) -> bool:
    """Whether the sessions that a reflection comes from returned as much as the mean, or more."""
    origins = [reward for key, reward in _rewards(row) if not key.startswith(USED_BY)]
    return bool(origins) and math.fsum(origins) / len(origins) >= expected.mean


def _rewards(row: Row) -> Iterator[tuple[str, float]]:
    """The finite returns that a row's facts tell; those of an imported row may be anything."""
    for key, entry in row.entries.items():
        reward = entry.get("reward")
        if isinstance(reward, int | float) and math.isfinite(reward):
            yield key, float(reward)
