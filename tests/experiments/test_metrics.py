"""Len, R_each, R_traj and their intervals."""

import numpy as np
import pytest
from scipy import stats

from experiments.metrics import Session, mean, ratio, summarise


def test_lengths_and_rewards_of_two_sessions_are_averaged() -> None:
    summary = summarise([Session(0, (5.0, 3.0), "similar"), Session(1, (4.0,), None)])
    assert summary.len.mean == 1.5
    assert summary.r_traj.mean == 6.0
    assert summary.r_each.mean == 4.0
    assert summary.quits == {"similar": 1, "stayed to the cap": 1}


def test_r_traj_is_len_times_r_each() -> None:
    rng = np.random.default_rng(0)
    sessions = [
        Session(user, tuple(rng.uniform(1, 5, rng.integers(1, 30))), "similar")
        for user in range(50)
    ]
    summary = summarise(sessions)
    assert summary.len.mean * summary.r_each.mean == pytest.approx(summary.r_traj.mean)


def test_the_interval_of_a_mean_is_students() -> None:
    values = np.array([1.0, 4.0, 2.0, 8.0])
    low, high = stats.t.interval(0.95, 3, values.mean(), stats.sem(values))
    estimate = mean(values)
    assert (estimate.low, estimate.high) == (pytest.approx(low), pytest.approx(high))


def test_a_single_session_has_no_interval() -> None:
    estimate = summarise([Session(0, (5.0,), None)]).len
    assert (estimate.low, estimate.high, str(estimate)) == (None, None, "1.00")


def test_the_interval_of_a_ratio_covers_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    covered = 0
    for _ in range(400):
        counts = rng.integers(1, 20, 40).astype(float)
        totals = counts * 3.0 + rng.normal(0, 1, 40) * np.sqrt(counts)
        estimate = ratio(totals, counts)
        assert estimate.low is not None
        assert estimate.high is not None
        covered += estimate.low <= 3.0 <= estimate.high
    assert 0.91 <= covered / 400 <= 0.98
