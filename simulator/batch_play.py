"""Plays a policy over many users at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.arrays import IndexList, Indices, Ratings
from simulator.batch_environment import NO_ITEM, BatchEnvironment
from simulator.environment import MAX_ROUNDS
from simulator.policies import ReferencePolicy
from simulator.quit_rule import QuitRule
from simulator.world import HalfName, World

SAMPLED_USERS = 100


@dataclass(frozen=True, eq=False)
class PlayedSessions:
    """A row per session: its length, items (-1 after its end), rewards (0) and cause of its end."""

    lengths: Indices
    items: NDArray[np.int32]
    rewards: Ratings
    causes: NDArray[np.int8]


def sample_users(world: World, count: int = SAMPLED_USERS, seed: int = 0) -> Indices:
    """A seeded sample of users, sorted by number."""
    rng = np.random.default_rng(seed)
    return np.sort(rng.choice(world.users, min(count, world.users), replace=False))


def play_sessions(
    world: World,
    policy: ReferencePolicy,
    users: IndexList,
    half: HalfName = "test",
    rule: QuitRule | None = None,
    max_rounds: int = MAX_ROUNDS,
) -> PlayedSessions:
    """Plays one session per user with the same policy."""
    environment = BatchEnvironment(world, half, rule=rule, max_rounds=max_rounds)
    environment.reset(users)
    rows = np.arange(len(users))
    lengths, causes = np.zeros(len(users), np.intp), np.zeros(len(users), np.int8)
    rewards = np.zeros((len(users), max_rounds), np.float32)
    items = np.full((len(users), max_rounds), NO_ITEM, np.int32)
    for turn in range(max_rounds):
        chosen = policy.choose_all(environment.sessions)
        outcome = environment.step(chosen)
        items[rows, turn], rewards[rows, turn] = chosen, outcome.rewards
        causes[rows] = outcome.causes
        lengths[rows] += 1
        rows = rows[~outcome.over]
        if not rows.size:
            break
        environment.keep(~outcome.over)
    return PlayedSessions(lengths, items, rewards, causes)
