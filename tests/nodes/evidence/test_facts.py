"""What is known of an item before it is shown: likeness, and a rating that the session revises."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nodes import Parts, Step
from nodes.evidence.facts import LONGEST, facts_of_rounds, known_of, revised
from simulator.arrays import Ratings
from stores import Memories, SentenceEmbedder
from tests.nodes.conftest import SHOP, TRAIN, episode, parts_of, steps_of

PUZZLE, RACING = "Amber Quarry", "Jade Engine"
ANY_PUZZLE, ANY_SPORT = SHOP.titles.index("Opal Ferry"), SHOP.titles.index("Feral Parade")


@pytest.fixture
def parts(embedder: SentenceEmbedder, memories: Memories) -> Parts:
    return parts_of(embedder, memories)


@pytest.fixture
def ratings(parts: Parts) -> Ratings:
    return parts.taste.of(0)


def moved(steps: list[Step], ratings: Ratings, parts: Parts) -> tuple[float, float]:
    """By how much a session revises the ratings of a puzzle and of a sport."""
    known = known_of([ANY_PUZZLE, ANY_SPORT], steps, ratings, parts)
    puzzle, sport = (one.facts["rating"] for one in known)
    return puzzle - TRAIN[ANY_PUZZLE], sport - TRAIN[ANY_SPORT]


def test_before_a_session_the_log_is_all_that_is_expected(parts: Parts, ratings: Ratings) -> None:
    assert moved([], ratings, parts) == (0.0, 0.0)


def test_a_rating_as_expected_revises_nothing(parts: Parts, ratings: Ratings) -> None:
    expected = TRAIN[SHOP.titles.index(PUZZLE)]
    assert moved(steps_of([PUZZLE], reward=expected), ratings, parts) == pytest.approx((0.0, 0.0))


def test_a_disappointment_counts_most_for_its_kind(parts: Parts, ratings: Ratings) -> None:
    puzzle, sport = moved(steps_of([PUZZLE], reward=1.0), ratings, parts)
    assert puzzle < sport < 0


def test_a_pleasant_surprise_raises_its_kind(parts: Parts, ratings: Ratings) -> None:
    puzzle, sport = moved(steps_of([RACING], reward=5.0), ratings, parts)
    assert puzzle > 0
    assert sport > 0


def test_what_lies_long_ago_is_forgotten(parts: Parts, ratings: Ratings) -> None:
    expected = TRAIN[SHOP.titles.index(RACING)]
    later = steps_of([RACING] * LONGEST, reward=expected)
    assert moved(steps_of([PUZZLE], reward=1.0) + later, ratings, parts) == (0.0, 0.0)


def test_without_expected_ratings_likeness_is_all_that_is_known(parts: Parts) -> None:
    known = known_of([ANY_PUZZLE], steps_of([PUZZLE], reward=1.0), None, parts)
    assert set(known[0].facts) == {"alike1", "alike2", "alike4", "alike8"}
    assert known[0].alike_ago == 1


def test_an_item_that_left_the_catalogue_is_passed_over(parts: Parts, ratings: Ratings) -> None:
    with_it = steps_of(["Gone For Good", PUZZLE], reward=1.0)
    assert moved(with_it, ratings, parts) == moved(with_it[1:], ratings, parts)


def test_rounds_have_the_facts_that_their_items_had_when_offered(
    parts: Parts, ratings: Ratings
) -> None:
    steps = steps_of([PUZZLE, RACING, "Opal Ferry"], reward=2.0)
    items = [SHOP.titles.index(step["item"]) for step in steps]
    offered = [
        known_of([item], steps[:place], ratings, parts)[0].facts for place, item in enumerate(items)
    ]
    assert facts_of_rounds(episode(steps=steps), parts) == offered


@given(
    surprises=st.lists(st.floats(-4, 4), min_size=1, max_size=LONGEST),
    alike=arrays(np.float64, (1, LONGEST), elements=st.floats(-3, 9)),
)
def test_no_rating_moves_further_than_the_largest_surprise(
    surprises: list[float], alike: np.ndarray
) -> None:
    (rating,) = revised(np.array([3.0]), np.array(surprises), alike[:, : len(surprises)])
    assert 3.0 + min(0.0, *surprises) <= rating + 1e-9
    assert rating - 1e-9 <= 3.0 + max(0.0, *surprises)
