"""The Actor's tools see what a deployed system would, and offer what the user does not know."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nodes import CatalogueSearch, EpisodeState, Parts, ToolName
from nodes.candidates import candidates, candidates_text, shuffled
from nodes.catalogue.search import RatedItem, fused
from nodes.tools import run_tools
from simulator import Half, QuitRule
from stores import Memories, SentenceEmbedder
from tests.nodes.conftest import SHOP, TRAIN, SameForAll, Untouchable, episode, parts_of, steps_of

ALL: tuple[ToolName, ...] = ("categories", "search", "taste")
some_titles = st.lists(st.sampled_from(SHOP.titles), max_size=len(SHOP))


@pytest.fixture(scope="module")
def parts(embedder: SentenceEmbedder) -> Iterator[Parts]:
    memories = Memories.in_memory(embedder)
    yield parts_of(embedder, memories)
    memories.close()


def told(
    names: Sequence[ToolName], state: EpisodeState, parts: Parts, query: str = "a puzzle"
) -> list[str]:
    """What these tools say, line by line."""
    listed = ""
    if "search" in names:
        items = candidates(state, query, parts, rated="taste" in names)
        listed = candidates_text(items, parts.world.catalogue, numbered=False)
    return (listed + run_tools(names, state, query, parts)).splitlines()


def offered(lines: Sequence[str]) -> list[str]:
    """The titles of what was offered."""
    return [title for line in lines for title in re.findall(r'^- "(.*)" \[', line)]


def about(name: str, lines: Sequence[str]) -> str:
    """What the line of this name says."""
    return next((line.partition(": ")[2] for line in lines if line.startswith(f"{name}:")), "")


@settings(deadline=None)
@given(history=some_titles, shown=some_titles)
def test_what_search_offers_is_new_to_the_user(
    history: list[str], shown: list[str], parts: Parts
) -> None:
    titles = offered(told(("search",), episode(history, steps_of(shown)), parts))
    assert not set(titles) & {*history, *shown}


def test_search_offers_what_is_nearest_in_meaning_first(parts: Parts) -> None:
    titles = offered(told(("search",), episode(), parts, query="Horror"))
    assert titles[0] == "Thorn Harbour"


def test_search_alone_says_nothing_of_ratings(parts: Parts) -> None:
    assert not [line for line in told(("search",), episode(), parts) if "~" in line]


def test_taste_puts_what_the_training_half_rates_best_first(parts: Parts) -> None:
    titles = offered(told(("search", "taste"), episode(), parts))
    ratings = [TRAIN[SHOP.titles.index(title)] for title in titles]
    assert ratings == sorted(TRAIN, reverse=True)[: len(ratings)]


def test_taste_tells_the_ratings_of_the_training_half(parts: Parts) -> None:
    lines = told(("search", "taste"), episode(), parts)
    assert '- "Amber Quarry" [Puzzle] ~5.0' in lines


def test_candidates_are_shuffled_by_seed_and_round_alone(parts: Parts) -> None:
    state = episode(["Opal Ferry"])
    best = candidates(state, "a puzzle", parts, rated=True)
    orders = {tuple(shuffled(best, state, seed)) for seed in range(20)}
    assert len(orders) > 10
    assert all(sorted(order) == sorted(best) for order in orders)
    assert shuffled(best, state, 3) == shuffled(best, state, 3)
    later = episode(["Opal Ferry"], steps_of(["Lunar Vault"]))
    assert {tuple(shuffled(best, later, seed)) for seed in range(20)} != orders


def test_numbered_candidates_count_from_one(parts: Parts) -> None:
    best = candidates(episode(), "a puzzle", parts, rated=True)
    lines = candidates_text(best, SHOP, numbered=True).splitlines()
    assert lines[1] == '1. "Amber Quarry" [Puzzle] ~5.0'
    assert [line.partition(".")[0] for line in lines[1:]] == ["1", "2", "3", "4", "5", "6", ""]


def test_no_tool_asks_the_test_half(parts: Parts) -> None:
    vectors = parts.half.vectors
    hidden = Half(Untouchable(), vectors)
    blind = replace(
        parts,
        half=hidden,
        world=replace(
            parts.world, halves={"train": Half(SameForAll(TRAIN), vectors), "test": hidden}
        ),
    )
    state = episode(["Opal Ferry"], steps_of(["Lunar Vault"]))
    assert told(ALL, state, blind) == told(ALL, state, parts)


def test_categories_count_the_genres_viewed_before(parts: Parts) -> None:
    lines = told(("categories",), episode(["Opal Ferry", "Amber Quarry"]), parts)
    assert about("Viewed before", lines) == "Puzzle 2, Mystery 1"


def test_categories_count_the_genres_shown_within_the_window(parts: Parts) -> None:
    narrow = replace(parts, rule=QuitRule(beta=0.5, window=2))
    shown = steps_of(["Thorn Harbour", "Lunar Vault", "Winter Railway"])
    lines = told(("categories",), episode(steps=shown), narrow)
    assert about("Shown lately", lines) == "Strategy 2, Racing 1"


def test_categories_name_the_genres_that_rest_the_viewed_ones_first(parts: Parts) -> None:
    state = episode(["Feral Parade", "Opal Ferry"], steps_of(["Amber Quarry"]))
    resting = about("Resting", told(("categories",), state, parts)).split(", ")
    assert resting[:2] == ["Mystery", "Sports"]
    assert "Puzzle" not in resting


def test_without_a_window_nothing_counts_as_shown_lately(parts: Parts) -> None:
    forgetful = replace(parts, rule=QuitRule(beta=0.5, window=0))
    lines = told(("categories",), episode(steps=steps_of(["Amber Quarry"])), forgetful)
    assert about("Shown lately", lines) == ""


def test_no_tools_say_nothing(parts: Parts) -> None:
    assert told((), episode(["Opal Ferry"]), parts) == []


@pytest.fixture(scope="module")
def search(embedder: SentenceEmbedder) -> CatalogueSearch:
    return CatalogueSearch(SHOP, SameForAll(TRAIN), embedder)


def test_the_search_rates_items_best_first(search: CatalogueSearch) -> None:
    assert search.rated(0, [1, 5, 0]) == [RatedItem(5, 5.0), RatedItem(0, 4.0), RatedItem(1, 3.5)]


def test_words_bring_up_what_likeness_alone_has_further_down(
    search: CatalogueSearch, embedder: SentenceEmbedder
) -> None:
    both = CatalogueSearch(SHOP, SameForAll(TRAIN), embedder, keywords=True)
    query = "farming and gardens, not an engine of war"
    item = SHOP.titles.index("Jade Engine")
    places = [one.search(query, []).index(item) for one in (search, both)]
    assert places[1] < places[0]
    assert item not in both.search(query, [item])


def test_ranks_are_fused_by_their_reciprocals() -> None:
    likeness = np.array([0.9, 0.8, 0.1], np.float32)
    assert fused(likeness, [2]).argmax() == 2
    assert fused(likeness, []).tolist() == pytest.approx([1 / 61, 1 / 62, 1 / 63])


def test_the_search_has_nothing_for_who_knows_everything(search: CatalogueSearch) -> None:
    assert search.search("anything", range(len(SHOP))) == []


def test_the_search_finds_the_same_items_in_the_same_order_again(search: CatalogueSearch) -> None:
    assert search.search("fast cars", [0]) == search.search("fast cars", [0])
