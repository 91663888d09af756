"""Each method learns what chance does not find, from the training half alone."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from baselines import METHODS, Trained, train
from simulator import Half, World
from simulator.arrays import Indices, Ratings
from simulator.batch_play import play_sessions, sample_users
from simulator.policies import RandomPolicy, ReferencePolicy
from tests.baselines.conftest import ROUNDS, USERS, quick, toy_world

pytestmark = pytest.mark.slow

SEED = 2


@pytest.fixture(scope="module", params=METHODS)
def trained(request: pytest.FixtureRequest, toy: World) -> Trained:
    return train(request.param, toy, SEED, quick(request.param))


def lasts(world: World, policy: ReferencePolicy) -> float:
    plays = play_sessions(world, policy, range(USERS), max_rounds=ROUNDS)
    return float(plays.lengths.mean())


def test_a_method_lasts_three_times_as_long_as_chance(trained: Trained, toy: World) -> None:
    assert lasts(toy, trained.agent()) > 3 * lasts(toy, RandomPolicy(toy))


def test_sampled_it_still_lasts_twice_as_long(trained: Trained, toy: World) -> None:
    assert lasts(toy, trained.agent(sampled=True)) > 2 * lasts(toy, RandomPolicy(toy))


def test_the_learner_is_left_as_it_was_at_its_best(trained: Trained, toy: World) -> None:
    users = sample_users(toy, trained.learner.settings.evaluated_users, SEED)
    plays = play_sessions(toy, trained.agent(), users, "train", max_rounds=ROUNDS)
    assert float(plays.lengths.mean()) == max(point.len for point in trained.curve)


def test_methods_that_play_learn_to_keep_everybody(toy: World) -> None:
    assert lasts(toy, train("a2c", toy, SEED, quick("a2c")).agent()) > 0.9 * ROUNDS


class Forbidden:
    """Ratings that nobody may ask for."""

    def rate(self, user: int, items: Sequence[int] | None = None) -> Ratings:
        raise AssertionError("asked the test half")

    def rate_pairs(self, users: Indices, items: Indices) -> Ratings:
        raise AssertionError("asked the test half")

    def rate_all(self, users: Indices) -> Ratings:
        raise AssertionError("asked the test half")


@pytest.mark.parametrize("name", METHODS)
def test_learning_never_asks_the_test_half(name: str, toy: World) -> None:
    vectors = np.full_like(toy.half("test").vectors, np.nan)
    halves = {"train": toy.half("train"), "test": Half(Forbidden(), vectors)}
    hidden = train(name, replace(toy, halves=halves), SEED, quick(name, evaluations=2))
    seen = train(name, toy_world(), SEED, quick(name, evaluations=2))
    for ours, theirs in zip(hidden.learner.parameters(), seen.learner.parameters(), strict=True):
        assert ours.equal(theirs)
