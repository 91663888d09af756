"""The comparison of texts and retrievals, and its measures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.learning.retrieval import (
    TEXTS,
    UNSEEN_ROUNDS,
    Played,
    auc,
    main,
    nearest_weights,
    r2,
    rounds_of,
)
from tests.nodes.conftest import steps_of


def test_it_prints_a_row_for_each_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--player", "random", "--users", "20", "--rounds", "10"]) == 0
    told = capsys.readouterr().out
    assert all(name in told for name in TEXTS)


def test_an_unknown_world_is_refused_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--world", "stream"]) == 2
    assert capsys.readouterr().err.startswith("benchmarks retrieval: ")


def test_a_round_is_worth_the_discounted_ratings_to_the_end() -> None:
    steps = steps_of(["a", "b", "c"], reward=4.0, quit="disliked")
    rounds = rounds_of([Played([], steps, left=True)], 0.5)
    assert [one.worth for one in rounds] == [4.0, 6.0, 7.0]
    assert [one.stayed for one in rounds] == [0.0, 1.0, 1.0]
    assert [len(one.before) for one in rounds] == [2, 1, 0]


def test_last_rounds_of_a_session_that_was_cut_off_have_no_whole_return() -> None:
    steps = steps_of(["a"] * 10)
    assert len(rounds_of([Played([], steps, left=False)], 0.5)) == 10 - UNSEEN_ROUNDS


@given(st.lists(st.floats(0, 4), min_size=5, max_size=20, unique=True))
def test_only_the_k_nearest_weigh_and_the_nearest_most(distances: list[float]) -> None:
    (weights,) = nearest_weights(np.array([distances]), 3)
    assert np.flatnonzero(weights).tolist() == sorted(np.argsort(distances)[:3].tolist())
    assert weights.argmax() == int(np.argmin(distances)) or np.isclose(
        weights[int(np.argmin(distances))], weights.max()
    )


def test_auc_is_one_where_all_who_stay_score_higher_and_half_without_a_difference() -> None:
    stayed = np.array([0.0, 1.0, 1.0])
    assert auc(np.array([0.1, 0.2, 0.3]), stayed) == 1.0
    assert auc(np.array([0.2, 0.2, 0.2]), stayed) == 0.5


def test_r2_is_one_for_the_truth_and_zero_for_the_mean() -> None:
    true = np.array([1.0, 2.0, 3.0])
    assert r2(true, true) == 1.0
    assert r2(np.full(3, 2.0), true) == 0.0
