"""The Actor's tools and the search see what a deployed system would."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import strategies as st

from nodes import CatalogueSearch, EpisodeState, Parts, ToolName
from nodes.catalogue.search import fused
from nodes.tools import run_tools
from simulator import QuitRule
from stores import Memories, SentenceEmbedder
from tests.nodes.conftest import SHOP, episode, parts_of, steps_of

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
    return run_tools(names, state, query, parts).splitlines()


def about(name: str, lines: Sequence[str]) -> str:
    """What the line of this name says."""
    return next((line.partition(": ")[2] for line in lines if line.startswith(f"{name}:")), "")


def test_categories_count_the_genres_viewed_before(parts: Parts) -> None:
    lines = told(("categories",), episode(["Opal Ferry", "Amber Quarry"]), parts)
    assert about("Viewed before", lines) == "Puzzle 2, Mystery 1"


@pytest.mark.parametrize("window", [0, 1, 4, 50])
def test_categories_count_the_genres_of_five_rounds_whatever_bores_the_user(
    window: int, parts: Parts
) -> None:
    other = replace(parts, rule=QuitRule(beta=0.5, window=window))
    shown = steps_of(["Thorn Harbour", "Lunar Vault", "Winter Railway", "Opal Ferry"] * 2)
    lines = told(("categories",), episode(steps=shown[:6]), other)
    assert about("Shown lately", lines) == "Strategy 3, Horror 1, Mystery 1, Puzzle 1"


def test_categories_name_the_genres_that_rest_the_viewed_ones_first(parts: Parts) -> None:
    state = episode(["Feral Parade", "Opal Ferry"], steps_of(["Amber Quarry"]))
    resting = about("Resting", told(("categories",), state, parts)).split(", ")
    assert resting[:2] == ["Mystery", "Sports"]
    assert "Puzzle" not in resting


def test_no_tools_say_nothing(parts: Parts) -> None:
    assert told((), episode(["Opal Ferry"]), parts) == []


@pytest.fixture(scope="module")
def search(embedder: SentenceEmbedder) -> CatalogueSearch:
    return CatalogueSearch(SHOP, embedder)


def test_words_bring_up_what_likeness_alone_has_further_down(
    search: CatalogueSearch, embedder: SentenceEmbedder
) -> None:
    both = CatalogueSearch(SHOP, embedder, keywords=True)
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
