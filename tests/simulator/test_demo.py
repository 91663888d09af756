"""The demo world: reproducible, of a useful size, and hard in the way that it says."""

import hashlib
from collections.abc import Callable, Sequence
from statistics import mean

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from simulator import HALVES, Environment, GenreAwarePolicy, GreedyPolicy, World
from simulator.demo import BETA_QUANTILE, make_demo
from simulator.world import RATING_MAX, RATING_MIN

pytestmark = pytest.mark.slow

TESTED_USERS = range(60)

Choose = Callable[[int, Sequence[int]], int]


@pytest.fixture(scope="module")
def demo() -> World:
    return make_demo()


def fingerprint(world: World) -> str:
    """Changes with any bit of a world."""
    digest = hashlib.sha256(repr((world.catalogue, world.histories, world.rule)).encode())
    for half in map(world.half, HALVES):
        digest.update(half.vectors.tobytes())
        for user in range(world.users):
            digest.update(half.rewards.rate(user).tobytes())
    return digest.hexdigest()


def mean_rounds(world: World, choose: Choose) -> float:
    """How long users of the test half stay with whoever chooses."""
    env, rounds = Environment(world, "test"), []
    for user in TESTED_USERS:
        env.reset(user)
        while not env.over:
            env.step(choose(user, env.shown))
        rounds.append(len(env.shown))
    return mean(rounds)


def knowing_all(world: World) -> Choose:
    """The best rated item of those that cannot make the user quit."""
    half, rule = world.half("test"), world.rule

    def choose(user: int, shown: Sequence[int]) -> int:
        ratings = half.rewards.rate(user).copy()
        ratings[list(shown)] = -np.inf
        for recent in shown[-rule.window :]:
            gaps = np.linalg.norm(half.vectors - half.vectors[recent], axis=1)
            ratings[gaps < rule.beta] = -np.inf
        return int(np.argmax(ratings))

    return choose


def test_the_same_seed_makes_the_same_world_bit_for_bit() -> None:
    assert fingerprint(make_demo(3)) == fingerprint(make_demo(3))


def test_different_seeds_make_different_worlds() -> None:
    assert len({fingerprint(make_demo(seed)) for seed in range(4)}) == 4


def test_titles_are_unique(demo: World) -> None:
    assert len(set(demo.catalogue.titles)) == len(demo.catalogue)


def test_it_has_a_few_hundred_items_and_users(demo: World) -> None:
    assert 200 <= len(demo.catalogue) <= 999
    assert 200 <= demo.users <= 999


def test_every_item_has_one_to_three_genres(demo: World) -> None:
    assert {len(genres) for genres in demo.catalogue.genres} == {1, 2, 3}


def test_ratings_stay_on_the_scale(demo: World) -> None:
    ratings = np.array([demo.half("test").rewards.rate(user) for user in range(demo.users)])
    assert ratings.min() >= RATING_MIN
    assert ratings.max() <= RATING_MAX


def test_rating_some_items_is_rating_all_and_picking_those(demo: World) -> None:
    rewards = demo.half("train").rewards
    np.testing.assert_allclose(rewards.rate(5, [9, 0, 9]), rewards.rate(5)[[9, 0, 9]], rtol=1e-6)


def test_the_halves_differ_in_taste_and_share_distances(demo: World) -> None:
    train, test = demo.half("train"), demo.half("test")
    assert not np.array_equal(train.rewards.rate(0), test.rewards.rate(0))
    assert train.vectors is test.vectors


def test_what_is_expected_while_learning_is_as_far_from_the_truth_as_at_the_test(
    demo: World,
) -> None:
    users = np.arange(demo.users)
    rated = {half: demo.half(half).rewards.rate_all(users) for half in HALVES}
    expected = {half: demo.expected(half).rate_all(users) for half in HALVES}
    errors = [float(np.abs(expected[half] - rated[half]).mean()) for half in HALVES]
    assert errors[0] == pytest.approx(errors[1], rel=0.05)
    assert errors[0] > 0.1


def test_beta_is_the_stated_quantile_of_distances(demo: World) -> None:
    distances = pdist(demo.half("test").vectors.astype(np.float64))
    assert np.mean(distances < demo.rule.beta) == pytest.approx(BETA_QUANTILE, abs=1e-3)


def test_greed_lasts_at_most_five_rounds(demo: World) -> None:
    assert mean_rounds(demo, GreedyPolicy(demo).choose) <= 5


def test_heeding_genres_lasts_at_least_three_times_as_long_as_greed(demo: World) -> None:
    greedy = mean_rounds(demo, GreedyPolicy(demo).choose)
    assert mean_rounds(demo, GenreAwarePolicy(demo).choose) >= 3 * greedy


def test_whoever_knows_tastes_and_distances_keeps_users_for_ninety_rounds(demo: World) -> None:
    assert mean_rounds(demo, knowing_all(demo)) >= 90
