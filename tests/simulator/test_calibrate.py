"""PlayedSessions, figures and the rule by which beta is chosen."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist

from simulator import Environment, GreedyPolicy, QuitRule, World, load_world
from simulator import distances as distances_module
from simulator.batch_play import play_sessions, sample_users
from simulator.building import calibrate as calibrate_module
from simulator.building.calibrate import CALIBRATED_BY, QUANTILES, Calibration, calibrate, frontier
from simulator.building.reference_figures import STAYED, reference_figures
from simulator.distances import quantile_distances
from simulator.policies import POLICIES, make_policy
from tests.simulator.conftest import chance_world, line_world

CALM = QuitRule(beta=0.0, min_reward=0.0)
seeds = st.integers(0, 2**32 - 1)


@pytest.fixture(scope="module")
def demo() -> World:
    return load_world("demo")


@pytest.fixture(scope="module")
def calibrated(demo: World) -> Calibration:
    return calibrate(demo)


@given(st.sampled_from(tuple(POLICIES)), seeds)
@settings(max_examples=40, deadline=None)
def test_a_play_goes_as_in_one_environment_a_user(name: str, seed: int) -> None:
    world = chance_world(seed, QuitRule(beta=0.9))
    plays = play_sessions(world, make_policy(name, world), [4, 0, 4], max_rounds=6)
    for row, user in enumerate([4, 0, 4]):
        env, policy, rewards = (
            Environment(world, "test", max_rounds=6),
            make_policy(name, world),
            [],
        )
        env.reset(user)
        while not env.over:
            outcome = env.step(policy.choose(user, env.shown))
            rewards.append(outcome.reward)
        assert plays.lengths[row] == len(rewards)
        assert plays.rewards[row].tolist() == rewards + [0.0] * (6 - len(rewards))


def test_a_play_can_be_held_to_another_rule() -> None:
    world = line_world(QuitRule(beta=100.0))
    assert play_sessions(world, GreedyPolicy(world), [1]).lengths.tolist() == [2]
    assert play_sessions(
        world, GreedyPolicy(world), [1], rule=CALM, max_rounds=9
    ).lengths.tolist() == [9]


def test_figures_are_over_rounds_and_over_users() -> None:
    world = line_world(QuitRule(beta=0.5))  # the first user likes 8 items, the second all 10
    greedy = reference_figures(world, [0, 1], ["greedy"], max_rounds=10)["greedy"]
    first, second = 2 * (5 + 4 + 3 + 2) + 1, 50
    assert (greedy.len, greedy.r_traj) == ((9 + 10) / 2, (first + second) / 2)
    assert greedy.r_each == pytest.approx((first + second) / 19)
    assert greedy.quits == {STAYED: 1, "disliked": 1}


def test_figures_are_there_for_every_policy_in_order(demo: World) -> None:
    assert list(reference_figures(demo, [0, 1])) == list(POLICIES)


def test_who_knows_more_keeps_users_longer(demo: World) -> None:
    figures = reference_figures(demo)
    lengths = [figures[name].len for name in ("greedy", "genre-aware", "distance-aware", "oracle")]
    assert lengths == sorted(lengths)


def test_the_same_seed_samples_the_same_users(demo: World) -> None:
    assert sample_users(demo, 20, seed=1).tolist() == sample_users(demo, 20, seed=1).tolist()
    assert sample_users(demo, 20, seed=1).tolist() != sample_users(demo, 20, seed=2).tolist()


def test_of_few_users_all_are_sampled() -> None:
    assert sample_users(line_world(CALM)).tolist() == [0, 1]


@given(seeds, st.integers(2, 300))
@settings(max_examples=30, deadline=None)
def test_of_few_items_the_quantiles_are_exact(seed: int, count: int) -> None:
    vectors = np.random.default_rng(seed).normal(3.0, 1.0, (count, 5)).astype(np.float32)
    expected = np.sqrt(np.quantile(pdist(vectors.astype(np.float64)) ** 2, QUANTILES))
    np.testing.assert_allclose(quantile_distances(vectors, QUANTILES), expected, rtol=1e-5)


def test_of_many_items_the_quantiles_come_from_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = np.random.default_rng(0).normal(size=(900, 8)).astype(np.float32)
    exact = quantile_distances(vectors, QUANTILES)
    monkeypatch.setattr(distances_module, "EXACT_BELOW", 900)
    sampled = quantile_distances(vectors, QUANTILES, seed=3)
    np.testing.assert_allclose(sampled, exact, rtol=5e-3)
    assert sampled.tolist() == quantile_distances(vectors, QUANTILES, seed=3).tolist()
    assert sampled.tolist() != quantile_distances(vectors, QUANTILES, seed=4).tolist()


def test_a_sample_pairs_no_item_with_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distances_module, "EXACT_BELOW", 2)
    assert quantile_distances(np.array([[0.0], [3.0]], np.float32), [0.0, 1.0]).tolist() == [3, 3]


def test_a_single_item_has_no_distances() -> None:
    assert quantile_distances(np.ones((1, 4), np.float32), [0.1, 0.5]).tolist() == [0, 0]


def test_the_demo_world_meets_the_stated_rule(calibrated: Calibration) -> None:
    lengths = calibrated.lengths
    assert calibrated.met
    assert calibrated.failed == ()
    assert lengths["greedy"] <= 5
    assert lengths["genre-aware"] >= 3 * lengths["greedy"]
    assert lengths["oracle"] >= 90


def test_the_demo_world_ships_with_the_beta_that_the_rule_chooses(
    demo: World, calibrated: Calibration
) -> None:
    assert calibrated.beta == pytest.approx(demo.rule.beta, rel=1e-5)


def test_the_lengths_are_those_of_the_chosen_beta(demo: World, calibrated: Calibration) -> None:
    world = replace(demo, rule=replace(demo.rule, beta=calibrated.beta))
    figures = reference_figures(world, sample_users(demo), CALIBRATED_BY)
    assert calibrated.lengths == {name: figures[name].len for name in CALIBRATED_BY}


def test_the_worlds_own_beta_and_window_do_not_matter(demo: World, calibrated: Calibration) -> None:
    other = replace(demo, rule=replace(demo.rule, beta=99.0, window=1))
    assert calibrate(other) == calibrated


def test_the_smallest_quantile_that_meets_all_conditions_is_chosen(
    demo: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        calibrate_module, "CONDITIONS", {"greedy": lambda lasts: lasts("greedy") < 3}
    )
    chosen = calibrate(demo)
    grid = frontier(demo, QUANTILES, [4], sample_users(demo)).lengths["greedy"][:, 0]
    assert chosen.quantile == QUANTILES[int(np.argmax(grid < 3))] > QUANTILES[0]


def test_nothing_is_played_once_a_condition_has_failed(
    demo: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def answer(name: str, holds: bool) -> bool:
        asked.append(name)
        return holds

    conditions = {
        "greedy": lambda lasts: answer("greedy", len(asked) >= 3),
        "oracle": lambda lasts: answer("oracle", True),
    }
    monkeypatch.setattr(calibrate_module, "CONDITIONS", conditions)
    calibrate(demo, [0])
    assert asked[:5] == ["greedy"] * 4 + ["oracle"]


def test_what_no_beta_can_meet_is_said_of_the_best() -> None:
    chosen = calibrate(line_world(QuitRule(beta=0.0)))  # ten items: nobody lasts ninety rounds
    assert not chosen.met
    assert "oracle lasts at least 90 rounds" in chosen.failed


def test_of_those_that_meet_equally_many_conditions_the_smallest_is_chosen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    conditions = {"never": lambda lasts: False, "nor this": lambda lasts: False}
    monkeypatch.setattr(calibrate_module, "CONDITIONS", conditions)
    chosen = calibrate(line_world(CALM))
    assert (chosen.quantile, chosen.failed) == (QUANTILES[0], ("never", "nor this"))


def test_a_world_of_one_item_is_calibrated_without_an_exception() -> None:
    assert not calibrate(line_world(CALM, [[5.0]] * 2)).met


def test_the_frontier_is_what_each_rule_gives_on_its_own(demo: World) -> None:
    users = [0, 1, 2]
    grid = frontier(demo, [0.05, 0.3], [1, 4], users)
    world = replace(demo, rule=replace(demo.rule, beta=grid.betas[1], window=4))
    figures = reference_figures(world, users, CALIBRATED_BY)
    assert {name: table[1, 1] for name, table in grid.lengths.items()} == {
        name: figures[name].len for name in CALIBRATED_BY
    }
