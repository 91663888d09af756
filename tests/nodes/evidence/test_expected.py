"""Expected ratings: what the log says, revised by what the session's ratings were."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nodes import Parts, Step
from nodes.expected import LONGEST, expected_ratings, revised
from stores import Memories, SentenceEmbedder
from tests.nodes.conftest import SHOP, TRAIN, parts_of, steps_of

PUZZLE, RACING = "Amber Quarry", "Jade Engine"
ANY_PUZZLE, ANY_SPORT = SHOP.titles.index("Opal Ferry"), SHOP.titles.index("Feral Parade")


@pytest.fixture
def parts(embedder: SentenceEmbedder, memories: Memories) -> Parts:
    return parts_of(embedder, memories)


def moved(steps: list[Step], parts: Parts) -> tuple[float, float]:
    """By how much a session revises the ratings of a puzzle and of a sport."""
    ratings = expected_ratings(0, steps, parts)
    assert ratings is not None
    by_itself = expected_ratings(0, steps, parts, [ANY_PUZZLE, ANY_SPORT])
    assert by_itself == pytest.approx(ratings[[ANY_PUZZLE, ANY_SPORT]])
    return (
        float(ratings[ANY_PUZZLE]) - TRAIN[ANY_PUZZLE],
        float(ratings[ANY_SPORT]) - TRAIN[ANY_SPORT],
    )


def test_before_a_session_the_log_is_all_that_is_expected(parts: Parts) -> None:
    assert moved([], parts) == (0.0, 0.0)


def test_a_rating_as_expected_revises_nothing(parts: Parts) -> None:
    expected = TRAIN[SHOP.titles.index(PUZZLE)]
    assert moved(steps_of([PUZZLE], reward=expected), parts) == pytest.approx((0.0, 0.0))


def test_a_disappointment_counts_most_for_its_kind(parts: Parts) -> None:
    puzzle, sport = moved(steps_of([PUZZLE], reward=1.0), parts)
    assert puzzle < sport < 0


def test_a_pleasant_surprise_raises_its_kind(parts: Parts) -> None:
    puzzle, sport = moved(steps_of([RACING], reward=5.0), parts)
    assert puzzle > 0
    assert sport > 0


def test_what_lies_long_ago_is_forgotten(parts: Parts) -> None:
    expected = TRAIN[SHOP.titles.index(RACING)]
    later = steps_of([RACING] * LONGEST, reward=expected)
    assert moved(steps_of([PUZZLE], reward=1.0) + later, parts) == (0.0, 0.0)


def test_an_item_that_left_the_catalogue_is_passed_over(parts: Parts) -> None:
    with_it = steps_of(["Gone For Good", PUZZLE], reward=1.0)
    assert moved(with_it, parts) == moved(with_it[1:], parts)


def test_of_a_stranger_nothing_is_expected(parts: Parts) -> None:
    assert expected_ratings("Ann", steps_of([PUZZLE]), parts) is None


def test_what_the_log_says_is_left_as_it_is(parts: Parts) -> None:
    ratings = expected_ratings(0, [], parts)
    assert ratings is not None
    ratings[:] = 0.0
    assert parts.taste.of(0).tolist() == TRAIN


@given(
    surprises=st.lists(st.floats(-4, 4), min_size=1, max_size=LONGEST),
    alike=arrays(np.float64, (1, LONGEST), elements=st.floats(-3, 9)),
)
def test_no_rating_moves_further_than_the_largest_surprise(
    surprises: list[float], alike: np.ndarray
) -> None:
    found = revised(np.array([3.0]), np.array(surprises), alike[:, : len(surprises)])
    assert 3.0 + min(0.0, *surprises) <= found[0] + 1e-9
    assert found[0] - 1e-9 <= 3.0 + max(0.0, *surprises)
