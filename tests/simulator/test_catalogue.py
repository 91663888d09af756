"""A catalogue's titles name exactly one item each."""

from itertools import count

from hypothesis import example, given
from hypothesis import strategies as st

from simulator import Catalogue, clean_title
from simulator.text import TITLE_LIMIT

raw_titles = st.lists(st.text(max_size=8) | st.sampled_from(["A", "A (2)", "a", "", "\n"]))


def catalogue_of(titles: list[str]) -> Catalogue:
    return Catalogue.of((title, []) for title in titles)


def test_a_title_met_again_gets_a_number() -> None:
    assert catalogue_of(["Doom", "Doom", "Doom"]).titles == ("Doom", "Doom (2)", "Doom (3)")


def test_a_number_already_taken_is_passed_over() -> None:
    assert catalogue_of(["Doom", "Doom (2)", "Doom"]).titles == ("Doom", "Doom (2)", "Doom (3)")


@given(raw_titles)
@example(["x" * TITLE_LIMIT, "x" * (TITLE_LIMIT - 1), "x" * TITLE_LIMIT, "x" * (TITLE_LIMIT - 1)])
def test_a_repeated_title_gets_the_least_number_that_is_free(titles: list[str]) -> None:
    numbered: list[str] = []
    for raw in titles:
        title = base = clean_title(raw) or "Untitled"
        copies = count(2)
        while title in numbered:
            title = f"{base[: TITLE_LIMIT - 8].rstrip()} ({next(copies)})"
        numbered.append(title)
    assert catalogue_of(titles).titles == tuple(numbered)


def test_titles_that_become_equal_by_cleaning_are_told_apart() -> None:
    assert catalogue_of(["R&amp;D", "R&D\n"]).titles == ("R&D", "R&D (2)")


def test_titles_with_nothing_to_see_get_placeholders() -> None:
    assert catalogue_of(["", "\u200b"]).titles == ("Untitled", "Untitled (2)")


@given(raw_titles)
def test_find_is_the_inverse_of_titles(titles: list[str]) -> None:
    catalogue = catalogue_of(titles)
    assert [catalogue.find(title) for title in catalogue.titles] == list(range(len(titles)))


@given(raw_titles)
@example(["x" * TITLE_LIMIT] * 2)
def test_every_title_of_a_catalogue_is_clean(titles: list[str]) -> None:
    for title in catalogue_of(titles).titles:
        assert clean_title(title) == title


def test_a_title_that_no_item_has_is_not_found() -> None:
    assert catalogue_of(["Doom"]).find("doom") is None


def test_genres_are_clean_and_named_once() -> None:
    catalogue = Catalogue.of([("Doom", ["Action", "Role\nPlaying", "", "Action"])])
    assert catalogue.genres == (("Action", "Role Playing"),)
