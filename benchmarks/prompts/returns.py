"""Monte Carlo estimates of what a state is worth: rollouts of a good policy in the simulator.

The simulator and the policy are deterministic, so now and then the policy explores: in the same
rounds and with the same items from every state, so that states differ by less chance.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.prompts.situations import Situation
from nodes.trajectory import shown_items
from simulator import RATING_MAX, HalfName, World
from simulator.batch_environment import NO_ITEM, BatchEnvironment
from simulator.policies import make_policy

POLICY, EXPLORES, ROLLOUTS = "genre-aware", 0.2, 100
NEGLIGIBLE = 0.01  # of a discounted rating: rollouts end where no more can come
LONGEST = 100

DESCRIBED = f"{ROLLOUTS} rollouts of {POLICY}, a random item in {EXPLORES:.0%} of rounds"


def returns_from(
    situations: Sequence[Situation], world: World, half: HalfName, gamma: float, seed: int
) -> dict[int, list[float]]:
    """The discounted returns of rollouts from each situation, by its number."""
    if not situations:
        return {}
    rounds = horizon(gamma)
    shown = [shown_items(one.state, world.catalogue) for one in situations]
    longest = max(map(len, shown))
    environment = BatchEnvironment(world, half, max_rounds=longest + rounds)
    sessions = environment.reset([one.user for one in situations for _ in range(ROLLOUTS)])
    for number, items in enumerate(shown):
        rows = slice(number * ROLLOUTS, (number + 1) * ROLLOUTS)
        sessions.shown[rows, : len(items)] = items
        sessions.lengths[rows] = len(items)
    rng = np.random.default_rng(seed)
    random_items = rng.integers(len(world.catalogue), size=(rounds, ROLLOUTS))
    random_items[rng.random(random_items.shape) >= EXPLORES] = NO_ITEM
    played = _played(environment, np.tile(random_items, len(situations)), gamma)
    totals = played.reshape(len(situations), ROLLOUTS).round(4)
    return {one.number: row.tolist() for one, row in zip(situations, totals, strict=True)}


def horizon(gamma: float) -> int:
    """Rounds after which what may still come is negligible."""
    if not gamma:
        return 1
    return min(LONGEST, math.ceil(math.log(NEGLIGIBLE / RATING_MAX) / math.log(gamma)))


def _played(
    environment: BatchEnvironment, explored: NDArray[np.int64], gamma: float
) -> NDArray[np.float64]:
    """The discounted return of each session; what it explores, by round, goes before the policy."""
    policy = make_policy(POLICY, environment.world)
    left = np.arange(len(environment.sessions))
    totals = np.zeros(len(left))
    for turn, items in enumerate(explored):
        chosen = policy.choose_all(environment.sessions)
        chosen = np.where(items[left] == NO_ITEM, chosen, items[left])
        outcome = environment.step(chosen)
        totals[left] += gamma**turn * outcome.rewards
        left = left[~outcome.over]
        if not left.size:
            break
        environment.keep(~outcome.over)
    return totals
