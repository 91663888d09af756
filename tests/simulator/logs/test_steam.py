"""Steam's reviews become ratings by hours of play."""

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulator import WorldError
from simulator.logs import Log, read_steam
from tests.simulator.logs.conftest import Write, ratings_of

GAMES = [
    {"id": "10", "app_name": "Doom", "genres": ["Action"]},
    {"id": "20", "title": "Myst", "tags": ["Puzzle"]},
]


def review(user: str = "ann", game: str = "10", hours: float = 4.0, **more: Any) -> dict[str, Any]:
    return {"username": user, "product_id": game, "hours": hours, "date": "2017-12-17", **more}


def read(write: Write, reviews: list[Any], games: list[Any] = GAMES) -> Log:
    path = write("steam_reviews.json.gz", reviews)
    write("steam_games.json", games)
    return read_steam(path.parent)


def test_more_than_three_hours_are_a_five_and_three_or_less_a_two(write: Write) -> None:
    log = read(write, [review("a", hours=3.1), review("b", hours=3.0), review("c", hours=0)])
    assert log.ratings.tolist() == [5.0, 2.0, 2.0]


def test_users_and_games_keep_their_names_titles_and_genres(write: Write) -> None:
    log = read(write, [review("ann", "20"), review("bob", "10")])
    assert log.user_names == ("ann", "bob")
    assert log.item_names == ("20", "10")
    assert log.catalogue.titles == ("Myst", "Doom")
    assert log.catalogue.genres == (("Puzzle",), ("Action",))


def test_the_display_name_is_the_user_and_the_id_stands_in_where_it_is_missing(
    write: Write,
) -> None:
    unnamed = {key: value for key, value in review().items() if key != "username"}
    log = read(write, [review("ann", user_id="7656"), unnamed | {"user_id": "7657"}])
    assert log.user_names == ("ann", "7657")


def test_of_a_game_reviewed_twice_the_longer_play_counts(write: Write) -> None:
    log = read(write, [review(hours=80), review(hours=1, date="2018-01-01")])
    assert ratings_of(log) == [("ann", "Doom", 5.0)]
    assert log.notes == (
        "1 repeated rating of an item by the same user left out: the one with most hours counts",
    )


def test_lines_without_hours_are_malformed(write: Write) -> None:
    reviews = [review(f"user {n}") for n in range(30)]
    del reviews[6]["hours"]
    log = read(write, reviews)
    assert len(log) == 29
    assert log.notes == (
        "1 malformed line skipped, the first at steam_reviews.json.gz line 7: no hours",
    )


@pytest.mark.parametrize("hours", [float("nan"), float("inf"), -1, "many", 1e9])
def test_hours_that_cannot_be_are_malformed(write: Write, hours: float) -> None:
    reviews = [review(f"user {n}") for n in range(20)]
    line = repr(reviews[0]).replace("4.0", repr(hours))
    assert len(read(write, [line, *reviews[1:]])) == 19


def test_dates_become_times(write: Write) -> None:
    log = read(write, [review("a", date="1970-01-02"), review("b", date="1970-01-01")])
    assert log.times is not None
    assert log.times.tolist() == [86_400, 0]


def test_without_any_date_there_are_no_times(write: Write) -> None:
    log = read(write, [review("a", date=None), review("b", date="soon")])
    assert log.times is None
    assert log.notes == ("no times: the log says nothing of what came first",)


def test_a_missing_date_counts_as_the_earliest(write: Write) -> None:
    log = read(write, [review("a"), review("b", date=None)])
    assert log.times is not None
    assert log.times[1] < log.times[0]
    assert log.notes == ("1 rating without a time taken as the earliest",)


def test_a_game_without_metadata_is_named_by_its_id(write: Write) -> None:
    log = read(write, [review(game="99")])
    assert log.catalogue.titles == ("99",)
    assert "1 of 1 items have no title: their id stands in for it" in log.notes


def test_duplicate_titles_are_numbered_and_noted(write: Write) -> None:
    games = [{"id": game, "title": "Doom", "genres": ["Action"]} for game in ("10", "20")]
    log = read(write, [review(game="10"), review(game="20")], games)
    assert log.catalogue.titles == ("Doom", "Doom (2)")
    assert log.notes == ("1 of 2 items share a title with another item: they are numbered",)


def test_the_notation_of_old_python_is_read(write: Write) -> None:
    line = (
        "{u'username': u'J\\xf6rg', u'hours': 3.5, u'product_id': u'10', "
        "u'date': u'2017-12-17', u'text': u\"it's\\nfine\", u'early_access': False}"
    )
    assert ratings_of(read(write, [line])) == [("Jörg", "Doom", 5.0)]


def test_json_lines_are_read_too(write: Write) -> None:
    line = '{"username": "ann", "hours": 1, "product_id": 10, "date": null, "early_access": true}'
    assert ratings_of(read(write, [line])) == [("ann", "Doom", 2.0)]


def test_the_order_of_lines_changes_no_rating(write: Write) -> None:
    rng = random.Random(3)
    reviews = [
        review(rng.choice("abc"), rng.choice(["10", "20"]), hours, date=f"2017-01-{day:02}")
        for day, hours in enumerate(rng.sample(range(40), 25), 1)
    ]
    before = sorted(ratings_of(read(write, reviews)))
    assert sorted(ratings_of(read(write, reviews[::-1]))) == before


def test_a_file_of_something_else_is_refused(write: Write) -> None:
    with pytest.raises(WorldError, match=r"steam_reviews\.json\.gz: .* lines are malformed"):
        read(write, ["user,item,rating"] * 100)


def test_an_empty_file_is_refused(write: Write) -> None:
    with pytest.raises(WorldError, match="holds no records"):
        read(write, [])


def test_the_reference_log_is_read_whole(reference: Path) -> None:
    log = read_steam(reference / "steam")
    repeats = "598 repeated ratings of an item by the same user left out: the one with most hours"
    assert len(log) == 70_489 - 598
    assert log.notes[0].startswith(repeats)
    assert len(log.user_names) == 9_418
    assert len(log.catalogue) == 3_600
    assert set(np.unique(log.ratings)) == {2.0, 5.0}
    assert sum(not genres for genres in log.catalogue.genres) == 899


def test_progress_over_both_files_ends_at_their_size(reference: Path) -> None:
    told: list[tuple[int, int]] = []
    read_steam(reference / "steam", lambda done, total: told.append((done, total)))
    size = sum(path.stat().st_size for path in (reference / "steam").iterdir())
    assert told == sorted(told)
    assert told[-1] == (size, size)
