"""Estimators of values beside the Monte Carlo mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.statistics.critic_comparison import compare_estimators, reference_variance
from experiments.statistics.figures import StudiedMoment

CLOSE = 1e-6
numbers = st.floats(0, 10)


def moment(
    estimates: list[float],
    returns: list[float],
    replies: tuple[float, ...] = (),
    recalled: tuple[float, ...] = (),
) -> StudiedMoment:
    return StudiedMoment(
        user=0,
        round=1,
        estimates=estimates,
        returns=returns,
        replies=replies,
        recalled=recalled,
        estimate_mean=0.0,
        estimate_sd=None,
        return_mean=0.0,
        return_sd=None,
        bias=0.0,
    )


def test_each_way_is_measured_against_the_mean_return_of_each_state() -> None:
    states = [moment([5.0], [3.0, 5.0], (6.0,), (4.0,)), moment([5.0], [5.0, 7.0], (4.0,), (6.0,))]
    found = {one.estimator: one for one in compare_estimators(states)}
    assert [one.mse for one in found.values()] == pytest.approx([4.0, 0.0, 1.0, 4.0])
    assert [one.bias for one in found.values()] == pytest.approx([0.0, 0.0, 0.0, 0.0])


def test_a_study_of_an_earlier_version_compares_what_it_has() -> None:
    names = [one.estimator for one in compare_estimators([moment([5.0], [3.0, 5.0])])]
    assert names == ["V(s)", "one return"]


def test_without_states_there_is_nothing_to_compare() -> None:
    assert compare_estimators([]) == []
    assert reference_variance([]) is None


@given(st.lists(numbers, min_size=2, max_size=20))
def test_one_return_is_measured_by_the_others_and_unbiased(returns: list[float]) -> None:
    (_, one) = compare_estimators([moment([5.0], returns)])
    assert one.bias == pytest.approx(0.0, abs=CLOSE)
    variance = reference_variance([moment([5.0], returns)])
    assert variance is not None
    assert one.mse == pytest.approx(variance * len(returns) ** 2 / (len(returns) - 1), abs=CLOSE)


@given(st.lists(st.tuples(numbers, numbers, numbers), min_size=3, max_size=10))
def test_intervals_hold_the_figure(told: list[tuple[float, float, float]]) -> None:
    for one in compare_estimators([moment([value], [low, high]) for value, low, high in told]):
        assert one.mse is not None
        assert one.mse_low is not None
        assert one.mse_high is not None
        assert one.mse_low - CLOSE <= one.mse <= one.mse_high + CLOSE
