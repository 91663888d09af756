"""Every reply stands for one item of the catalogue."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nodes.catalogue.grounding import Found, Grounded, Grounder, normalised
from simulator import Catalogue
from stores import SentenceEmbedder
from tests.nodes.conftest import SHOP

CATALOGUE = Catalogue.of(
    (title, [])
    for title in (
        "The Witcher® 3: Wild Hunt",
        "Braid",
        "Command & Conquer™",
        "Pokémon Café",
        "Half-Life 2",
        "Tom Clancy's Rainbow Six",
        "Farming Simulator 15",
        "Sid Meier's Civilization V",
        "Hamlet (1996)",
        "Hamlet (2000)",
    )
)
REPLIES = ("Braid", "braid!", "Half-Life 3", "Hamlet", "something with tractors", "", "™")

replies = st.sampled_from([*REPLIES, *CATALOGUE.titles])
sessions = st.lists(st.integers(0, len(CATALOGUE) - 1), max_size=len(CATALOGUE) + 2)


@pytest.fixture(scope="module")
def grounder(embedder: SentenceEmbedder) -> Grounder:
    return Grounder(CATALOGUE, embedder)


def meant(grounder: Grounder, reply: str, shown: tuple[str, ...] = ()) -> tuple[str, Found]:
    """The title that a reply stands for after these were shown, and how it was found."""
    items = [CATALOGUE.titles.index(title) for title in shown]
    grounded = grounder.ground(reply, items)
    return CATALOGUE.titles[grounded.item], grounded.found


@pytest.mark.parametrize("title", CATALOGUE.titles)
def test_a_title_of_the_catalogue_is_found_exactly(title: str, grounder: Grounder) -> None:
    assert meant(grounder, title) == (title, "exact")


@pytest.mark.parametrize(
    ("reply", "title"),
    [
        ("BRAID", "Braid"),
        ("Braid™®", "Braid"),
        ("Braid (2008)", "Braid"),
        ("The Braid", "Braid"),
        ("Witcher 3 - Wild Hunt", "The Witcher® 3: Wild Hunt"),
        ("Command and Conquer", "Command & Conquer™"),
        ("Command &amp; Conquer(TM)", "Command & Conquer™"),
        ("Pokemon Cafe", "Pokémon Café"),
        ("Poke\u0301mon Cafe\u0301", "Pokémon Café"),
        ("Tom Clancy\u2019s Rainbow Six", "Tom Clancy's Rainbow Six"),
        ("Tom Clancys Rainbow Six", "Tom Clancy's Rainbow Six"),
        ("half life 2", "Half-Life 2"),
    ],
)
def test_what_people_write_differently_makes_no_difference(
    reply: str, title: str, grounder: Grounder
) -> None:
    assert meant(grounder, reply) == (title, "normalised")


def test_of_titles_that_differ_in_their_year_the_one_asked_for_is_meant(grounder: Grounder) -> None:
    assert meant(grounder, "hamlet (2000)") == ("Hamlet (2000)", "normalised")


@pytest.mark.parametrize(
    ("reply", "title"),
    [
        ("Sid Meyer's Civilization V", "Sid Meier's Civilization V"),
        ("Farming Simulater 15", "Farming Simulator 15"),
        ("Rainbow Six, Tom Clancy's", "Tom Clancy's Rainbow Six"),
    ],
)
def test_a_slip_of_the_pen_is_forgiven(reply: str, title: str, grounder: Grounder) -> None:
    assert meant(grounder, reply) == (title, "fuzzy")


@pytest.mark.parametrize(
    ("reply", "title"),
    [
        ("a calm game about tractors and harvests", "Farming Simulator 15"),
        ("Pikachu's coffee shop", "Pokémon Café"),
    ],
)
def test_what_the_catalogue_lacks_becomes_what_is_nearest_in_meaning(
    reply: str, title: str, grounder: Grounder
) -> None:
    assert meant(grounder, reply) == (title, "nearest")


def test_a_shown_item_gives_way_to_one_of_the_same_normalised_title(grounder: Grounder) -> None:
    assert meant(grounder, "Hamlet (1996)", ("Hamlet (1996)",)) == ("Hamlet (2000)", "normalised")


def test_a_shown_item_without_such_a_twin_gives_way_to_the_nearest(grounder: Grounder) -> None:
    shown = ("Hamlet (1996)", "Hamlet (2000)")
    title, found = meant(grounder, "Hamlet", shown)
    assert title not in shown
    assert found == "nearest"


@settings(deadline=None)
@given(reply=replies, shown=sessions)
def test_nothing_is_shown_twice_while_something_is_left(
    reply: str, shown: list[int], grounder: Grounder
) -> None:
    grounded = grounder.ground(reply, shown)
    assert grounded.item not in shown or len(set(shown)) == len(CATALOGUE)


@settings(deadline=None)
@given(reply=replies)
def test_when_all_is_shown_the_best_match_returns(reply: str, grounder: Grounder) -> None:
    everything = range(len(CATALOGUE))
    first = grounder.ground(reply, [])
    assert grounder.ground(reply, everything) == first


@given(st.text())
def test_normalising_twice_is_normalising_once(title: str) -> None:
    assert normalised(normalised(title)) == normalised(title)


@pytest.mark.parametrize("title", ["The", "A", "The A"])
def test_a_title_of_articles_alone_keeps_them(title: str) -> None:
    assert normalised(title) == title.lower()


@pytest.mark.parametrize(
    "reply",
    [
        "Opal Ferry ~4.5",
        "Opal Ferry [Puzzle, Mystery] ~4.5",
        "Opal Ferry [Puzzle, Mystery], like round 12",
        "Opal Ferry [Puzzle, Mystery] ~4.5, like round 2: 97% stayed, +0.3",
        "Opal Ferry: 3% stayed, -5.0",
    ],
)
def test_what_prompts_write_after_a_title_is_no_part_of_it(
    reply: str, embedder: SentenceEmbedder
) -> None:
    assert Grounder(SHOP, embedder).ground(reply, []) == Grounded(0, "exact")
