"""The figures that reference policies reach in a world."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from simulator.arrays import IndexList
from simulator.batch_play import PlayedSessions, play_sessions, sample_users
from simulator.environment import MAX_ROUNDS
from simulator.policies import POLICIES, make_policy
from simulator.quit_rule import QUIT_CAUSES
from simulator.rewards.cached_ratings import CachedRatings
from simulator.world import Half, HalfName, World

STAYED = "stayed to the cap"


@dataclass(frozen=True)
class PolicyFigures:
    """Len, R_each and R_traj of a policy, and how many users quit for each cause."""

    len: float
    r_each: float
    r_traj: float
    quits: Mapping[str, int]

    @classmethod
    def of(cls, played: PlayedSessions) -> "PolicyFigures":
        """R_each is the mean over all rounds of all users, as in the experiments."""
        totals = played.rewards.sum(axis=1, dtype=np.float64)
        counts = np.bincount(played.causes, minlength=len(QUIT_CAUSES))
        quits = {cause or STAYED: int(n) for cause, n in zip(QUIT_CAUSES, counts, strict=True) if n}
        each = float(totals.sum() / played.lengths.sum())
        return cls(float(played.lengths.mean()), each, float(totals.mean()), quits)


def reference_figures(
    world: World,
    users: IndexList | None = None,
    names: Sequence[str] = tuple(POLICIES),
    half: HalfName = "test",
    max_rounds: int = MAX_ROUNDS,
) -> dict[str, PolicyFigures]:
    """The figures of each reference policy, all with the same users."""
    chosen = sample_users(world) if users is None else users
    world = with_cached_ratings(world)
    policies = {name: make_policy(name, world) for name in names}
    return {
        name: PolicyFigures.of(play_sessions(world, policy, chosen, half, max_rounds=max_rounds))
        for name, policy in policies.items()
    }


def with_cached_ratings(world: World) -> World:
    """The same world with ratings cached per user, for policies to share."""
    halves: dict[HalfName, Half] = {
        name: Half(CachedRatings.of(half.rewards), half.vectors)
        for name, half in world.halves.items()
    }
    return replace(world, halves=halves)
