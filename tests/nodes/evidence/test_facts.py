"""What is known of an item before it is shown: its rating, and likeness as guessed and as found."""

import pytest

from nodes import Parts
from nodes.evidence.facts import LARGEST_FACT, UNLIKE, facts_of_rounds, known_of
from nodes.evidence.pairs import ShownRound, pairs_of
from nodes.expected import expected_ratings
from stores import Memories, SentenceEmbedder
from tests.nodes.conftest import SHOP, episode, parts_of, steps_of

PUZZLE, RACING = "Amber Quarry", "Jade Engine"
ANY_PUZZLE = SHOP.titles.index("Opal Ferry")
LIKENESS = {f"{name}{rounds}" for name in ("alike", "felt") for rounds in (1, 2, 4, 8)}


@pytest.fixture
def parts(embedder: SentenceEmbedder, memories: Memories) -> Parts:
    return parts_of(embedder, memories)


def test_without_expected_ratings_likeness_is_all_that_is_known(parts: Parts) -> None:
    known = known_of([ANY_PUZZLE], steps_of([PUZZLE], reward=1.0), None, parts)
    assert set(known[0].facts) == LIKENESS
    assert known[0].alike_ago == 1


def test_before_a_session_an_item_is_like_nothing(parts: Parts) -> None:
    known = known_of([ANY_PUZZLE], [], expected_ratings(0, [], parts, [ANY_PUZZLE]), parts)
    assert known[0].facts == {"rating": 4.0, **dict.fromkeys(LIKENESS, UNLIKE)}
    assert known[0].alike_ago is None


def test_where_nothing_was_told_likeness_is_as_guessed(parts: Parts) -> None:
    facts = known_of([ANY_PUZZLE], steps_of([PUZZLE, RACING]), None, parts)[0].facts
    assert facts["felt1"] == facts["alike1"] < facts["alike2"] == facts["felt2"]


@pytest.mark.parametrize("stayed", [True, False])
def test_what_users_found_stands_for_the_guess(parts: Parts, stayed: bool) -> None:
    told = pairs_of(
        [
            ShownRound(("user", 5), 1, 1, PUZZLE, stayed=True),
            ShownRound(("user", 5), 1, 2, SHOP.titles[ANY_PUZZLE], stayed=stayed),
        ],
        (1, 2, 4, 8),
    )
    facts = known_of([ANY_PUZZLE], steps_of([PUZZLE]), None, parts, told)[0].facts
    found = UNLIKE if stayed else pytest.approx(facts["alike4"] + 2.0)
    assert facts["felt4"] == found
    assert facts["alike4"] > UNLIKE


def test_no_fact_is_larger_than_evidence_reads(parts: Parts) -> None:
    left = [
        ShownRound(("user", user), 1, number, title, stayed=number == 1)
        for user in range(5)
        for number, title in enumerate([PUZZLE, SHOP.titles[ANY_PUZZLE]], 1)
    ]
    told = pairs_of(left, (1, 2, 4, 8))
    facts = known_of([ANY_PUZZLE], steps_of([PUZZLE]), None, parts, told)[0].facts
    assert facts["alike4"] + 4.0 > facts["felt4"] == LARGEST_FACT


def test_rounds_have_the_facts_that_their_items_had_when_offered(parts: Parts) -> None:
    steps = steps_of([PUZZLE, RACING, "Opal Ferry"], reward=2.0)
    items = [SHOP.titles.index(step["item"]) for step in steps]
    offered = [
        known_of([item], steps[:at], expected_ratings(0, steps[:at], parts, [item]), parts)[0].facts
        for at, item in enumerate(items)
    ]
    assert facts_of_rounds(episode(steps=steps), parts) == offered
