"""Items grouped by popularity."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from experiments.statistics.popularity import popularity_groups
from simulator import Catalogue, World, load_world


@pytest.fixture(scope="module")
def world() -> World:
    return load_world("demo")


def with_popularity(world: World, popularity: NDArray[np.int32] | None) -> World:
    count = 10 if popularity is None else len(popularity)
    catalogue = Catalogue.of((f"Title {item}", []) for item in range(count))
    return replace(world, catalogue=catalogue, popularity=popularity)


def test_the_most_popular_fifth_is_group_one(world: World) -> None:
    popularity = np.array([3, 50, 1, 40, 2, 9, 8, 30, 0, 7], np.int32)
    groups = popularity_groups(with_popularity(world, popularity))
    fifths = [["1", "3"], ["5", "7"], ["6", "9"], ["0", "4"], ["2", "8"]]
    for group, items in enumerate(fifths, start=1):
        assert {groups[f"Title {item}"] for item in items} == {group}


def test_items_of_one_popularity_go_by_their_numbers(world: World) -> None:
    groups = popularity_groups(with_popularity(world, np.ones(10, np.int32)))
    assert list(groups.values()) == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


def test_without_popularity_views_are_counted(world: World) -> None:
    shop = replace(with_popularity(world, None), histories=[[9, 9, 8], [9, 8, 7, 6]])
    groups = popularity_groups(shop)
    by_views = sorted(groups, key=lambda title: (groups[title], title))
    assert by_views[:4] == ["Title 8", "Title 9", "Title 6", "Title 7"]


@given(st.lists(st.integers(0, 9), min_size=1, max_size=60))
def test_groups_are_even_and_follow_popularity(counts: list[int]) -> None:
    world = with_popularity(load_world("demo"), np.array(counts, np.int32))
    groups = np.array(list(popularity_groups(world).values()))
    sizes = np.bincount(groups, minlength=6)[1:]
    assert sizes.max() - sizes.min() <= 1
    for group in range(1, 5):
        earlier = [counts[item] for item in np.flatnonzero(groups <= group)]
        later = [counts[item] for item in np.flatnonzero(groups > group)]
        assert min(earlier, default=9) >= max(later, default=0)
