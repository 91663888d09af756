"""Len, R_each and R_traj, their intervals clustered by user, pairs, and the spread of seeds."""

from collections.abc import Callable
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from experiments.statistics import intervals
from experiments.statistics.intervals import Estimate, difference, mean, ratio
from experiments.statistics.metrics import SessionColumns, metric_differences, metrics, seed_spread

PLAYED = st.lists(
    st.tuples(st.integers(0, 6), st.integers(1, 30), st.floats(1, 5)), min_size=1, max_size=40
)


def columns(played: list[tuple[int, int, float]]) -> SessionColumns:
    users, rounds, rates = (np.array(column) for column in zip(*played, strict=True))
    return SessionColumns(users, rounds.astype(float), rounds * rates)


def ends(estimate: Estimate) -> tuple[float, float, float]:
    assert estimate.mean is not None
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.mean, estimate.low, estimate.high


def close(a: Estimate, b: Estimate) -> bool:
    return all(
        (one is None and other is None) or one == pytest.approx(other, rel=1e-6, abs=1e-6)
        for one, other in zip(vars(a).values(), vars(b).values(), strict=True)
    )


def all_close(a: SessionColumns, b: SessionColumns) -> bool:
    one, other = vars(metrics(a)), vars(metrics(b))
    return all(close(one[name], other[name]) for name in one)


def test_lengths_and_rewards_of_two_sessions_are_averaged() -> None:
    found = metrics(columns([(0, 2, 4.0), (1, 1, 4.0)]))
    assert found.len.mean == 1.5
    assert found.r_traj.mean == 6.0
    assert found.r_each.mean == 4.0


@given(PLAYED)
def test_r_traj_is_len_times_r_each(played: list[tuple[int, int, float]]) -> None:
    of = metrics(columns(played))
    assert of.len.mean is not None
    assert of.r_each.mean is not None
    assert of.len.mean * of.r_each.mean == pytest.approx(of.r_traj.mean)


def test_many_users_of_a_symmetric_figure_have_about_students_interval() -> None:
    values = np.random.default_rng(0).normal(10, 2, 400)
    low, high = stats.t.interval(0.95, 399, values.mean(), stats.sem(values))
    assert ends(mean(values, np.arange(400))) == pytest.approx((values.mean(), low, high), abs=0.02)


def test_the_interval_of_a_ratio_is_about_that_of_its_residuals() -> None:
    rng = np.random.default_rng(0)
    counts = rng.integers(1, 20, 400).astype(float)
    totals = counts * rng.normal(3, 0.5, 400)
    rate = totals.sum() / counts.sum()
    residuals = (totals - rate * counts) / counts.mean()
    low, high = stats.t.interval(0.95, 399, rate, stats.sem(residuals))
    assert ends(ratio(totals, counts, np.arange(400))) == pytest.approx((rate, low, high), abs=0.01)


def test_with_as_many_sessions_of_each_user_the_interval_is_that_of_the_users_means() -> None:
    values, users = np.array([1.0, 3.0, 4.0, 8.0, 7.0, 1.0]), np.array([5, 5, 2, 2, 9, 9])
    assert mean(values, users) == mean(np.array([2.0, 6.0, 4.0]), np.arange(3))


def test_of_two_users_the_interval_is_all_that_lies_between_them() -> None:
    assert ends(mean(np.array([1.0, 3.0, 8.0]), np.array([0, 0, 1]))) == (4.0, 2.0, 8.0)


@given(PLAYED)
def test_an_interval_stays_within_what_was_observed(played: list[tuple[int, int, float]]) -> None:
    of = columns(played)
    for estimate, seen in (
        (metrics(of).len, of.rounds),
        (metrics(of).r_each, of.totals / of.rounds),
        (metrics(of).r_traj, of.totals),
    ):
        if estimate.low is not None and estimate.high is not None:
            assert seen.min() - 1e-9 <= estimate.low <= estimate.high <= seen.max() + 1e-9


@given(PLAYED)
def test_an_interval_is_the_same_at_every_call(played: list[tuple[int, int, float]]) -> None:
    first = metrics(columns(played))
    intervals._draws.cache_clear()
    assert metrics(columns(played)) == first


@given(PLAYED, st.integers(2, 4))
def test_copies_of_every_session_tell_nothing_new(
    played: list[tuple[int, int, float]], copies: int
) -> None:
    assert all_close(columns(played), columns(played * copies))


@given(PLAYED, st.randoms(use_true_random=False))
def test_the_order_of_sessions_does_not_matter(
    played: list[tuple[int, int, float]], random: Random
) -> None:
    shuffled = list(played)
    random.shuffle(shuffled)
    assert all_close(columns(played), columns(shuffled))


@given(PLAYED, st.permutations(range(7)))
def test_which_number_a_user_has_does_not_matter(
    played: list[tuple[int, int, float]], names: list[int]
) -> None:
    renamed = [(names[user] - 3, rounds, rate) for user, rounds, rate in played]
    assert all_close(columns(played), columns(renamed))


def test_a_single_user_has_no_interval_however_many_sessions() -> None:
    estimate = metrics(columns([(7, 1, 5.0), (7, 2, 5.0)])).len
    assert (estimate.low, estimate.high, str(estimate)) == (None, None, "1.50")


def test_without_rounds_a_reward_per_round_is_undefined() -> None:
    estimate = ratio(np.zeros(3), np.zeros(3), np.arange(3))
    assert (estimate, str(estimate)) == (Estimate(None, None, None), "-")


@given(PLAYED)
def test_a_variant_less_itself_is_exactly_nothing(played: list[tuple[int, int, float]]) -> None:
    of = columns(played)
    several = len(set(of.users.tolist())) > 1
    end = 0.0 if several else None
    assert set(vars(metric_differences(of, of)).values()) == {Estimate(0.0, end, end)}


@given(PLAYED, st.integers(0, 2**32 - 1))
def test_a_difference_is_that_of_the_figures_and_turns_with_its_sides(
    played: list[tuple[int, int, float]], seed: int
) -> None:
    a = columns(played)
    rounds = np.random.default_rng(seed).integers(1, 30, len(played)).astype(float)
    b = SessionColumns(a.users, rounds, rounds * 2.0)
    there, back = vars(metric_differences(a, b)), vars(metric_differences(b, a))
    for name, estimate in there.items():
        of_a, of_b = (vars(metrics(of))[name].mean for of in (a, b))
        assert estimate.mean == pytest.approx(of_a - of_b, abs=1e-9)
        low = None if estimate.high is None else -estimate.high
        high = None if estimate.low is None else -estimate.low
        assert close(back[name], Estimate(-estimate.mean, low, high))


def test_a_difference_of_lengths_has_the_interval_of_the_pairs() -> None:
    a = columns([(0, 4, 3.0), (1, 9, 3.0), (2, 5, 3.0)])
    b = columns([(0, 3, 2.0), (1, 7, 2.0), (2, 2, 2.0)])
    found = metric_differences(a, b)
    assert found.len == mean(np.array([1.0, 2.0, 3.0]), np.arange(3))
    assert ends(found.r_each) == pytest.approx((1.0, 1.0, 1.0))


Draw = Callable[[np.random.Generator], Estimate]
USERS, EACH = 40, 5


def clustered_mean(rng: np.random.Generator) -> Estimate:
    """Sessions of a user are alike: as sessions by themselves they would seem to say too much."""
    users = np.repeat(np.arange(USERS), EACH)
    values = 10.0 + rng.normal(0, 2, USERS)[users] + rng.normal(0, 1, len(users))
    return mean(values - 10.0, users)


def clustered_rate(rng: np.random.Generator) -> Estimate:
    users = np.repeat(np.arange(USERS), EACH)
    counts = rng.integers(1, 20, len(users)).astype(float)
    rates = rng.normal(0, 1, USERS)[users]
    return ratio(counts * rates + rng.normal(0, 1, len(users)), counts, users)


def clustered_difference(rng: np.random.Generator) -> Estimate:
    users = np.repeat(np.arange(USERS), EACH)
    counts = rng.integers(1, 20, (2, len(users))).astype(float)
    rates = rng.normal(0, 1, (2, USERS))[:, users] + rng.normal(3, 1, USERS)[users]
    totals = counts * rates
    return difference((totals[0], totals[1]), (counts[0], counts[1]), users)


def skewed_mean(rng: np.random.Generator) -> Estimate:
    """Lengths of sessions: many short ones, a few very long ones."""
    return mean(rng.exponential(12, USERS) - 12, np.arange(USERS))


DRAWS = [clustered_mean, clustered_rate, clustered_difference, skewed_mean]


@pytest.mark.parametrize("draw", DRAWS)
def test_an_interval_covers_the_truth_about_as_often_as_it_says(draw: Draw) -> None:
    rng = np.random.default_rng(1)
    drawn = [ends(draw(rng)) for _ in range(1000)]
    assert 920 <= sum(low <= 0.0 <= high for _, low, high in drawn) <= 980


def test_the_spread_of_seeds_is_the_deviation_of_their_metrics() -> None:
    seeds = [columns([(0, 2, 3.0), (1, 4, 3.0)]), columns([(0, 5, 4.0)])]
    spread = seed_spread(seeds)
    assert spread is not None
    assert spread.len == pytest.approx(np.std([3.0, 5.0], ddof=1))
    assert spread.r_each == pytest.approx(np.std([3.0, 4.0], ddof=1))
    assert spread.r_traj == pytest.approx(np.std([9.0, 20.0], ddof=1))


def test_one_seed_has_no_spread() -> None:
    assert seed_spread([columns([(0, 2, 3.0), (1, 4, 3.0)])]) is None
