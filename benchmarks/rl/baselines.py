"""The seven RL methods: what they cost, how long users stay, and how fast they learn.

It trains for minutes, so `make bench` leaves it out: `python -m benchmarks baselines`. BILLP_STEAM
names the folder with the publisher's raw files; none, no figures of that world.
"""

import os
import resource
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from baselines import METHODS, train
from baselines.learner import AnyLearner
from baselines.train import seeded
from benchmarks.figures import Figure, report
from experiments.statistics.intervals import mean
from simulator import Catalogue, Half, QuitRule, World
from simulator.batch_play import play_sessions, sample_users
from simulator.building.make import make_world
from simulator.distances import quantile_distances
from simulator.folder import load_world_folder
from simulator.policies import RandomPolicy, ReferencePolicy
from simulator.rewards.factors import FactorRewards

SEEDS = range(5)
TEST_USERS = 300
UPDATES, WARM_UP = 40, 5
KUAI_ITEMS, AMAZON_ITEMS = 3_952, 13_864


def steam() -> World | None:
    """The world of the Steam sample, if there are raw files."""
    source = os.environ.get("BILLP_STEAM")
    if not source:
        return None
    with tempfile.TemporaryDirectory() as folder:
        make_world("steam", Path(source), Path(folder) / "steam")
        return load_world_folder(Path(folder) / "steam")[0]


def lasting(world: World, policies: Sequence[ReferencePolicy]) -> NDArray[np.float64]:
    """How many rounds the same users of the test half stay with each policy in turn."""
    users = sample_users(world, TEST_USERS)
    return np.concatenate(
        [play_sessions(world, policy, users).lengths for policy in policies]
    ).astype(float)


def made_up(items: int, users: int = 6_000) -> World:
    """A world of any size, quickly: groups of items alike, most of which most users dislike."""
    rng = np.random.default_rng(0)

    def numbers(*shape: int, size: float = 1.0) -> NDArray[np.float32]:
        return (size * rng.normal(size=shape)).astype(np.float32)

    rewards = FactorRewards(
        user_bias=numbers(users, size=0.3),
        item_bias=(0.8 - 2.0 * np.sqrt(rng.random(items))).astype(np.float32),
        user_factors=numbers(users, 16, size=0.4),
        item_factors=numbers(items, 16, size=0.4),
        user_hidden=numbers(users, 32, size=0.1),
        item_hidden=numbers(items, 32, size=0.1),
        second_weight=numbers(32, 16, size=0.1),
        second_bias=numbers(16, size=0.1),
        last_weight=numbers(16, size=0.1),
        offset=np.full((), 2.0, np.float32),
    )
    vectors = np.hstack(
        [numbers(items, 16, size=0.3), numbers(40, 16, size=0.5)[rng.integers(40, size=items)]]
    )
    half = Half(rewards, vectors)
    return World(
        name="made up",
        catalogue=Catalogue.of((f"Item {item}", ["Any"]) for item in range(items)),
        halves={"train": half, "test": half},
        histories=rng.integers(items, size=(users, 20)).tolist(),
        rule=QuitRule(float(quantile_distances(vectors, (0.1,))[0])),
        popularity=rng.integers(1, 500, size=items).astype(np.int32),
    )


def updates(name: str, world: World) -> tuple[AnyLearner, list[float]]:
    """CPU seconds of some updates, for the methods that play with the playing before them."""
    method = METHODS[name]
    with seeded(0):
        learner = method.learner(world, method.settings(), 0, torch.device("cpu"))
        seconds = []
        for _ in range(WARM_UP + UPDATES):
            began = time.process_time()
            learner.advance()
            seconds.append(time.process_time() - began)
    return learner, seconds[WARM_UP:]


def on_steam(world: World) -> list[Figure]:
    """All methods and seeds: their cost, and how long users of the test half stay."""
    users = np.tile(sample_users(world, TEST_USERS), len(SEEDS))
    chance = mean(lasting(world, [RandomPolicy(world, seed) for seed in SEEDS]), users)
    figures, began = [Figure("random: Len", chance.mean or 0.0, "rounds")], time.process_time()
    for name in METHODS:
        agents = [train(name, world, seed).agent() for seed in SEEDS]
        length = mean(lasting(world, agents), users)
        least = 15.0 if name == "a2c" else None
        figures += [
            Figure(f"{name}: Len", length.mean or 0.0, "rounds", least=least),
            Figure(
                f"{name}: its lower end, random's upper",
                length.low or 0.0,
                "rounds",
                least=chance.high,
            ),
        ]
    spent = (time.process_time() - began) / 60
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return [
        *figures,
        Figure("CPU of seven methods and five seeds, with their tests", spent, "min", 20.0),
        Figure("peak memory", peak, "GB", 1.0),
    ]


def main() -> None:
    """Reports what each part measured as soon as it is known."""
    small, large = made_up(KUAI_ITEMS), made_up(AMAZON_ITEMS)
    learner, seconds = updates("a2c", small)
    pace = learner.stride * len(seconds) / sum(seconds)
    report([Figure(f"a2c: transitions at {KUAI_ITEMS:,} items", pace, "/CPU s", least=12_000.0)])
    for name in METHODS:
        seconds = updates(name, large)[1]
        middle, slowest = (1e3 * float(f(seconds)) for f in (np.median, np.max))
        report(
            [
                Figure(f"{name}: an update at {AMAZON_ITEMS:,} items", middle, "CPU ms", 50.0),
                Figure(f"{name}: the slowest of {UPDATES}", slowest, "CPU ms"),
            ]
        )
    if (world := steam()) is not None:
        report(on_steam(world))


if __name__ == "__main__":
    main()
