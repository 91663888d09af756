"""Calibrates beta: the distance from which on items bore users, so that a world needs planning."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from simulator.arrays import IndexList
from simulator.batch_play import play_sessions, sample_users
from simulator.building.reference_figures import with_cached_ratings
from simulator.distances import quantile_distances
from simulator.policies import make_policy
from simulator.quit_rule import QuitRule
from simulator.world import World

FRONTIER_USERS = 30
WINDOW = 4
QUANTILES = tuple(step / 20 for step in range(1, 11))

GREEDY_AT_MOST, TIMES_GREEDY, ORACLE_AT_LEAST = 5, 3, 90

MeanLength = Callable[[str], float]  # of a policy by its name
CONDITIONS: Mapping[str, Callable[[MeanLength], bool]] = {
    f"greedy lasts at most {GREEDY_AT_MOST} rounds": lambda lasts: (
        lasts("greedy") <= GREEDY_AT_MOST
    ),
    f"genre-aware lasts at least {TIMES_GREEDY} times as long as greedy": lambda lasts: (
        lasts("genre-aware") >= TIMES_GREEDY * lasts("greedy")
    ),
    f"oracle lasts at least {ORACLE_AT_LEAST} rounds": lambda lasts: (
        lasts("oracle") >= ORACLE_AT_LEAST
    ),
}
CALIBRATED_BY = ("greedy", "genre-aware", "oracle")


@dataclass(frozen=True)
class Calibration:
    """The chosen beta and its quantile, mean lengths with it, and the conditions that failed."""

    quantile: float
    beta: float
    met: bool
    failed: tuple[str, ...]
    lengths: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Frontier:
    """Mean lengths of policies, with a row for each quantile and a column for each window."""

    quantiles: tuple[float, ...]
    betas: tuple[float, ...]
    windows: tuple[int, ...]
    lengths: Mapping[str, NDArray[np.float64]]


def calibrate(world: World, users: IndexList | None = None, seed: int = 0) -> Calibration:
    """The smallest quantile that meets all conditions, or else the one that fails the fewest."""
    chosen = sample_users(world, seed=seed) if users is None else users
    world = with_cached_ratings(world)
    betas = quantile_distances(world.half("test").vectors, QUANTILES, seed)
    trials = [
        Trial(world, replace(world.rule, beta=float(beta), window=WINDOW), quantile, chosen)
        for quantile, beta in zip(QUANTILES, betas, strict=True)
    ]
    for trial in trials:
        if all(condition(trial.lasts) for condition in CONDITIONS.values()):
            return trial.calibration()
    return min(trials, key=lambda trial: len(trial.failed())).calibration()


class Trial:
    """A world under another rule; a policy is played when its length is first needed."""

    def __init__(self, world: World, rule: QuitRule, quantile: float, users: IndexList) -> None:
        self.world = replace(world, rule=rule)
        self.quantile = quantile
        self.users = users
        self.lasts: MeanLength = cache(self._lasts)

    def _lasts(self, name: str) -> float:
        """The mean length of this policy's sessions on the test half."""
        played = play_sessions(self.world, make_policy(name, self.world), self.users)
        return float(played.lengths.mean())

    def failed(self) -> tuple[str, ...]:
        """The conditions that are not met."""
        return tuple(name for name, holds in CONDITIONS.items() if not holds(self.lasts))

    def calibration(self) -> Calibration:
        """The result, if this trial is chosen."""
        failed, lengths = self.failed(), {name: self.lasts(name) for name in CALIBRATED_BY}
        return Calibration(self.quantile, self.world.rule.beta, not failed, failed, lengths)


def frontier(
    world: World, quantiles: Sequence[float], windows: Sequence[int], users: IndexList | None = None
) -> Frontier:
    """Mean lengths of greedy, genre-aware and oracle under stricter rules and longer windows."""
    chosen = sample_users(world, FRONTIER_USERS) if users is None else users
    world = with_cached_ratings(world)
    betas = [float(beta) for beta in quantile_distances(world.half("test").vectors, quantiles)]
    shape = (len(quantiles), len(windows))
    lengths = {name: np.empty(shape) for name in CALIBRATED_BY}
    for row, column in np.ndindex(shape):
        rule = replace(world.rule, beta=betas[row], window=windows[column])
        trial = Trial(world, rule, quantiles[row], chosen)
        for name, table in lengths.items():
            table[row, column] = trial.lasts(name)
    return Frontier(tuple(quantiles), tuple(betas), tuple(windows), lengths)
