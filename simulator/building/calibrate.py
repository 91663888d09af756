"""Playing policies over many users, and from it the beta at which a world asks for planning."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from simulator.distances import quantile_distances
from simulator.environment import MAX_ROUNDS
from simulator.policies import POLICIES, ReferencePolicy, make_policy
from simulator.rewards.remembered import RememberedRatings
from simulator.rules import CAUSES, QuitRule
from simulator.vector import NOTHING, BatchEnvironment, Rows, Users
from simulator.world import Half, HalfName, Ratings, World

USERS, PICTURED_USERS = 100, 30
WINDOW = 4
QUANTILES = tuple(step / 20 for step in range(1, 11))
STAYED = "stayed to the cap"

Lasting = Callable[[str], float]  # the mean length of a policy by its name
CONDITIONS: Mapping[str, Callable[[Lasting], bool]] = {
    "greedy lasts at most 5 rounds": lambda lasts: lasts("greedy") <= 5,
    "genre-aware lasts at least 3 times as long as greedy": lambda lasts: (
        lasts("genre-aware") >= 3 * lasts("greedy")
    ),
    "oracle lasts at least 90 rounds": lambda lasts: lasts("oracle") >= 90,
}
CALIBRATED_BY = ("greedy", "genre-aware", "oracle")


@dataclass(frozen=True, eq=False)
class Plays:
    """One session a row: its length, items (-1 after its end), rewards (0) and why it ended."""

    lengths: Rows
    items: NDArray[np.int32]
    rewards: Ratings
    causes: NDArray[np.int8]


@dataclass(frozen=True)
class Figures:
    """Len, R_each and R_traj of a policy over some users, and how many left for which cause."""

    len: float
    r_each: float
    r_traj: float
    quits: Mapping[str, int]

    @classmethod
    def of(cls, plays: Plays) -> "Figures":
        """R_each is taken over all rounds of all users, as everywhere else."""
        totals = plays.rewards.sum(axis=1, dtype=np.float64)
        counts = np.bincount(plays.causes, minlength=len(CAUSES))
        quits = {cause or STAYED: int(n) for cause, n in zip(CAUSES, counts, strict=True) if n}
        each = float(totals.sum() / plays.lengths.sum())
        return cls(float(plays.lengths.mean()), each, float(totals.mean()), quits)


@dataclass(frozen=True)
class Calibration:
    """The chosen beta, the quantile it is, how long policies last with it, and what it misses."""

    quantile: float
    beta: float
    met: bool
    failed: tuple[str, ...]
    lengths: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Frontier:
    """How long policies last: a row for each quantile and a column for each window."""

    quantiles: tuple[float, ...]
    betas: tuple[float, ...]
    windows: tuple[int, ...]
    lengths: Mapping[str, NDArray[np.float64]]


def sample_users(world: World, count: int = USERS, seed: int = 0) -> Rows:
    """Some users in order of their numbers; the same seed draws the same ones."""
    rng = np.random.default_rng(seed)
    return np.sort(rng.choice(world.users, min(count, world.users), replace=False))


def play(
    world: World,
    policy: ReferencePolicy,
    users: Users,
    half: HalfName = "test",
    rule: QuitRule | None = None,
    max_rounds: int = MAX_ROUNDS,
) -> Plays:
    """One session of every user with a policy that all of them share."""
    environment = BatchEnvironment(world, half, rule=rule, max_rounds=max_rounds)
    environment.reset(users)
    rows = np.arange(len(users))
    lengths, causes = np.zeros(len(users), np.intp), np.zeros(len(users), np.int8)
    rewards = np.zeros((len(users), max_rounds), np.float32)
    items = np.full((len(users), max_rounds), NOTHING, np.int32)
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
    return Plays(lengths, items, rewards, causes)


def reference_figures(
    world: World,
    users: Users | None = None,
    names: Sequence[str] = tuple(POLICIES),
    half: HalfName = "test",
    max_rounds: int = MAX_ROUNDS,
) -> dict[str, Figures]:
    """What each reference policy reaches with the same users."""
    chosen = sample_users(world) if users is None else users
    world = remembering(world)
    return {
        name: Figures.of(play(world, make_policy(name, world), chosen, half, None, max_rounds))
        for name in names
    }


def remembering(world: World) -> World:
    """The same world, where the policies share what they know of ratings."""
    halves: dict[HalfName, Half] = {
        name: Half(RememberedRatings.of(half.rewards), half.vectors)
        for name, half in world.halves.items()
    }
    return replace(world, halves=halves)


def calibrate(world: World, users: Users | None = None, seed: int = 0) -> Calibration:
    """The smallest quantile that meets all conditions, or else one that meets the most of them."""
    chosen = sample_users(world, seed=seed) if users is None else users
    world = remembering(world)
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
    """A world under another rule; a policy is played when its length is first asked for."""

    def __init__(self, world: World, rule: QuitRule, quantile: float, users: Users) -> None:
        self.world = replace(world, rule=rule)
        self.quantile = quantile
        self.users = users
        self._lengths: dict[str, float] = {}

    def lasts(self, name: str) -> float:
        """The mean length of this policy in the test half."""
        if name not in self._lengths:
            plays = play(self.world, make_policy(name, self.world), self.users)
            self._lengths[name] = float(plays.lengths.mean())
        return self._lengths[name]

    def failed(self) -> tuple[str, ...]:
        """The conditions that are not met."""
        return tuple(name for name, holds in CONDITIONS.items() if not holds(self.lasts))

    def calibration(self) -> Calibration:
        """This trial as the one chosen."""
        failed, lengths = self.failed(), {name: self.lasts(name) for name in CALIBRATED_BY}
        return Calibration(self.quantile, self.world.rule.beta, not failed, failed, lengths)


def frontier(
    world: World, quantiles: Sequence[float], windows: Sequence[int], users: Users | None = None
) -> Frontier:
    """How long greedy, genre-aware and oracle last as users get choosier and remember longer."""
    chosen = sample_users(world, PICTURED_USERS) if users is None else users
    world = remembering(world)
    betas = [float(beta) for beta in quantile_distances(world.half("test").vectors, quantiles)]
    shape = (len(quantiles), len(windows))
    lengths = {name: np.empty(shape) for name in CALIBRATED_BY}
    for row, column in np.ndindex(shape):
        rule = replace(world.rule, beta=betas[row], window=windows[column])
        trial = Trial(world, rule, quantiles[row], chosen)
        for name, table in lengths.items():
            table[row, column] = trial.lasts(name)
    return Frontier(tuple(quantiles), tuple(betas), tuple(windows), lengths)
