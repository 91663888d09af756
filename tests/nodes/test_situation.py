"""The text of a situation tells taste and what was shown lately, not which titles they were."""

import string

from hypothesis import given
from hypothesis import strategies as st

from nodes.situation import situation
from nodes.trajectory import state_text
from simulator import Catalogue
from tests.nodes.conftest import SHOP, steps_of

titles = st.lists(st.sampled_from(SHOP.titles), max_size=40)
BARE = Catalogue.of([("Opal Ferry", []), ("Lunar Vault", []), ("Jade Engine", [])])
LONGEST = 300


def text(viewed: list[str], shown: list[str], reward: float = 4.0) -> str:
    return situation(viewed, steps_of(shown, reward=reward), SHOP, "default")


def test_it_tells_taste_and_what_was_shown_lately_the_newest_last() -> None:
    said = text(["Opal Ferry", "Amber Quarry"], ["Feral Parade", "Lunar Vault"])
    assert said == (
        "Likes Puzzle, Mystery, Sports, Strategy. Lately Sports, then Strategy; rated very well."
    )


def test_ratings_of_the_session_correct_the_taste() -> None:
    assert "Likes Puzzle" not in text(["Amber Quarry"], ["Amber Quarry"], reward=1.0)
    assert "Likes Racing" in text([], ["Jade Engine"], reward=5.0)


def test_other_titles_of_the_same_genres_make_the_same_situation() -> None:
    catalogue = Catalogue.of([("A", ["Puzzle"]), ("B", ["Puzzle"]), ("C", ["Racing"])])
    texts = {
        situation([viewed], steps_of([shown, "C"]), catalogue, "default")
        for viewed, shown in (("A", "B"), ("B", "A"))
    }
    assert len(texts) == 1


def test_without_genres_titles_stand_in_their_place() -> None:
    said = situation(["Opal Ferry"], steps_of(["Lunar Vault"]), BARE, "default")
    assert said == "Likes Opal Ferry. Lately Lunar Vault; rated very well."


def test_before_everything_nothing_is_known() -> None:
    assert text([], []) == "Nothing viewed yet. Lately nothing shown yet."


@given(viewed=titles, shown=titles)
def test_it_is_short_and_one_line(viewed: list[str], shown: list[str]) -> None:
    said = text(viewed, shown)
    assert len(said) <= LONGEST
    assert set(said) <= {*string.ascii_letters, *" ,.;"}
    assert said == text(viewed, shown)


@given(viewed=titles, shown=titles)
def test_the_papers_situation_is_the_last_ten_titles(viewed: list[str], shown: list[str]) -> None:
    steps = steps_of(shown)
    assert situation(viewed, steps, SHOP, "paper") == state_text(viewed, steps)
