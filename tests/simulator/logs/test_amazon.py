"""Amazon's stars are ratings, and its metadata is freed from scraps of web pages."""

import json
from typing import Any

import pytest

from simulator.logs import Log, read_amazon
from tests.simulator.logs.conftest import Write, ratings_of


def review(user: str = "A1", book: str = "B1", stars: float = 4.0, time: int = 9) -> dict[str, Any]:
    return {"reviewerID": user, "asin": book, "overall": stars, "unixReviewTime": time}


def read(write: Write, reviews: list[Any], books: list[Any], name: str = "Books_5.json.gz") -> Log:
    path = write(name, map(json.dumps, reviews))
    write("meta_Books.json.gz", map(json.dumps, books))
    return read_amazon(path.parent)


def book(asin: str = "B1", title: str = "Emma", category: object = ()) -> dict[str, Any]:
    return {"asin": asin, "title": title, "category": category or ["Books", "Romance"]}


def test_stars_times_titles_and_categories_are_read(write: Write) -> None:
    log = read(write, [review(stars=3.0)], [book()])
    assert ratings_of(log) == [("A1", "Emma", 3.0)]
    assert log.times is not None
    assert log.times.tolist() == [9]
    assert log.catalogue.genres == (("Romance",),)
    assert log.notes == ()


def test_of_a_book_reviewed_twice_the_latest_counts(write: Write) -> None:
    log = read(write, [review(stars=5, time=8), review(stars=1, time=7)], [book()])
    assert log.ratings.tolist() == [5.0]


def test_of_a_book_described_twice_the_first_counts(write: Write) -> None:
    log = read(write, [review()], [book(title="Emma"), book(title="Emma again")])
    assert log.catalogue.titles == ("Emma",)


def test_scraps_of_pages_are_no_genres(write: Write) -> None:
    scraps = ["Books", "</span></span>", "x" * 41, "Humor &amp; Entertainment"]
    log = read(write, [review()], [book(category=scraps)])
    assert log.catalogue.genres == (("Humor & Entertainment",),)
    assert log.notes == ("2 genres with markup or over 40 letters dropped",)


@pytest.mark.parametrize("title", ["", "var x = (new Date()).getTime();", "<span>Emma</span>"])
def test_scraps_of_pages_are_no_titles(write: Write, title: str) -> None:
    assert read(write, [review()], [book(title=title)]).catalogue.titles == ("B1",)


def test_books_that_nobody_reviewed_are_left_out(write: Write) -> None:
    log = read(write, [review()], [book("B0", "Other"), book()])
    assert log.catalogue.titles == ("Emma",)


@pytest.mark.parametrize("stars", [0.0, 6.0, float("nan"), None, "good"])
def test_stars_that_cannot_be_are_malformed(write: Write, stars: Any) -> None:
    reviews = [review(user=f"A{n}") for n in range(19)]
    log = read(write, [*reviews, review("bad", stars=stars)], [book()])
    assert len(log) == 19


def test_the_publishers_5_core_is_preferred_to_the_whole(write: Write) -> None:
    write("Books.json", [json.dumps(review("all"))])
    assert read(write, [review("core")], [book()]).user_names == ("core",)


def test_the_whole_is_read_where_there_is_no_5_core(write: Write) -> None:
    assert read(write, [review("all")], [book()], "Books.json").user_names == ("all",)
