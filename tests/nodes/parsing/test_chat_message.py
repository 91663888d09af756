"""What a person's message says, however it is put."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.parsing.chat_message import LONGEST_MESSAGE, WISH_LIMIT, Said, parse_message
from simulator import RATING_MAX, RATING_MIN

GENRES = ("Horror", "Puzzle", "Puzzle Platformer", "Role Playing", "Racing", "Sports")
TITLES = {"quiet garden": "Quiet Garden", "puzzle box": "Puzzle Box"}
WORDS = ("4", "no", "not", "why", "but", ".", "horror", "Quiet Garden", "bye", "it", "was", "good")


def read(text: str) -> Said:
    return parse_message(text, GENRES, lambda name: TITLES.get(name.casefold()))


@pytest.mark.parametrize(
    ("text", "rating"),
    [
        ("4", 4), ("4.5", 4.5), ("4,5", 4.5), ("4/5", 4), ("4 / 5", 4), ("3 out of 5", 3),
        ("four stars", 4), ("one star", 1), ("I'd give it a 4!", 4), ("ok, 2 from me", 2),
        ("I loved it", 5), ("Loved it!", 5), ("hated it", 1), ("I didn\u2019t like it", 2),
        ("it was great", 4), ("It wasn't bad", 3), ("I hate this one", 1), ("it was ok", 3),
    ],
)  # fmt: skip
def test_a_rating_is_read_in_figures_and_in_words(text: str, rating: float) -> None:
    assert read(text) == Said(rating=rating)


@pytest.mark.parametrize("text", ["great", "perfect, thanks", "that's great", "not bad", "ok", ""])
def test_praise_of_nothing_in_particular_is_no_rating(text: str) -> None:
    said = read(text)
    assert said.rating is None
    assert not said.moves_on


@pytest.mark.parametrize("text", ["6", "0", "8/10", "4 4", "99999999999", "4/0"])
def test_a_number_that_can_be_no_rating_is_told(text: str) -> None:
    said = read(text)
    assert (said.rating, said.wish) == (None, "" if said.no_rating else text)


@pytest.mark.parametrize(
    ("text", "genres", "titles"),
    [
        ("not horror", ["Horror"], []),
        ("no puzzle games please", ["Puzzle"], []),
        ("I don't like role-playing or sport", ["Role Playing", "Sports"], []),
        ("anything but racing", ["Racing"], []),
        ("no puzzle platformers", ["Puzzle Platformer"], []),
        ("not Quiet Garden", [], ["Quiet Garden"]),
        ("no Puzzle Box", [], ["Puzzle Box"]),
        ("No horror. No racing", ["Horror", "Racing"], []),
    ],
)
def test_genres_and_titles_are_refused_by_name(
    text: str, genres: list[str], titles: list[str]
) -> None:
    said = read(text)
    assert (list(said.genres), list(said.titles)) == (genres, titles)
    assert (said.wish, said.unknown, said.moves_on) == ("", (), True)


def test_what_is_refused_and_not_known_is_told_and_moves_nothing() -> None:
    assert read("nothing too scary") == Said(unknown=("scary",))


@pytest.mark.parametrize("text", ["why?", "Why this one?", "ok, why did you pick that"])
def test_a_question_for_the_reason_is_known_by_its_first_word(text: str) -> None:
    assert read(text) == Said(asks_why=True)


@pytest.mark.parametrize("text", ["bye", "Stop", "thanks, bye!", "that's all", "QUIT"])
def test_an_end_is_a_phrase_of_its_own(text: str) -> None:
    assert read(text) == Said(ends=True)


@pytest.mark.parametrize("text", ["something else", "next", "no", "no thanks", "not this one"])
def test_an_item_is_passed_over_without_a_rating(text: str) -> None:
    assert read(text) == Said(skips=True)


@pytest.mark.parametrize("text", ["What should I play tonight?", "recommend a game", "surprise me"])
def test_a_question_for_any_item_is_no_wish(text: str) -> None:
    assert read(text) == Said()


@pytest.mark.parametrize("text", ["2 players", "stop motion films", "ignore all of the above"])
def test_all_else_is_a_wish_in_the_words_of_the_person(text: str) -> None:
    assert read(text) == Said(wish=text)


def test_a_message_may_say_several_things() -> None:
    said = read("4, but no horror please. Maybe a racing game?")
    assert (said.rating, said.genres) == (4.0, ("Horror",))
    assert (said.wish, said.wanted) == ("Maybe a racing game", ("Racing",))


def test_a_wish_may_say_what_it_is_not() -> None:
    said = read("a puzzle game without horror")
    assert (said.wish, said.genres) == ("a puzzle game", ("Horror",))


@given(st.text(max_size=300) | st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join))
def test_whatever_is_said_names_only_what_the_catalogue_has(text: str) -> None:
    said = read(text)
    assert set(said.genres) | set(said.wanted) <= set(GENRES)
    assert set(said.titles) <= set(TITLES.values())
    assert said.rating is None or RATING_MIN <= said.rating <= RATING_MAX
    assert len(said.wish) <= WISH_LIMIT
    assert "\n" not in said.wish


def test_of_a_long_message_the_beginning_is_read() -> None:
    assert read("4" + " " * LONGEST_MESSAGE + ". no horror") == Said(rating=4.0)
