"""The reference policies choose as they say, and never twice the same."""

from collections.abc import Callable

import pytest

from simulator import GenreAwarePolicy, GreedyPolicy, Policy, QuitRule, RandomPolicy, World
from tests.simulator.conftest import line_world

WORLD = line_world(QuitRule(beta=1.0))


@pytest.mark.parametrize("make", [RandomPolicy, GreedyPolicy, GenreAwarePolicy])
def test_no_policy_chooses_an_item_twice(make: Callable[[World], Policy]) -> None:
    policy, shown = make(WORLD), list[int]()
    for _ in range(len(WORLD.catalogue)):
        shown.append(policy.choose(0, shown))
    assert sorted(shown) == list(range(len(WORLD.catalogue)))


def test_greed_takes_the_best_rated_item_left() -> None:
    assert [GreedyPolicy(WORLD).choose(0, shown) for shown in ([], [0], [0, 5])] == [0, 5, 1]


def test_heeding_genres_prefers_the_genre_that_was_not_shown_lately() -> None:
    assert GenreAwarePolicy(WORLD).choose(0, [0]) == 5  # odd, and the best rated of the odd


def test_chance_repeats_itself_for_the_same_seed_user_and_round() -> None:
    first, second = RandomPolicy(WORLD, seed=4), RandomPolicy(WORLD, seed=4)
    assert [first.choose(1, [0] * n) for n in range(9)] == [
        second.choose(1, [0] * n) for n in range(9)
    ]


def test_chance_differs_from_seed_to_seed() -> None:
    assert len({RandomPolicy(WORLD, seed).choose(0, []) for seed in range(20)}) > 1
