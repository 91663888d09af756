"""Any table with users, items and ratings is read, or the error says what it lacks."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator import WorldError
from simulator.logs import Log, read_table
from tests.simulator.logs.conftest import Write, ratings_of

ids = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=4)
rows = st.lists(
    st.tuples(ids, ids, st.sampled_from([1, 2, 3, 4, 5])), min_size=1, unique_by=lambda row: row[:2]
)


def read(write: Write, *lines: str) -> Log:
    return read_table(write("log.csv", lines))


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_found(write: Write, delimiter: str) -> None:
    lines = (line.replace(",", delimiter) for line in ("user,item,rating", "ann,x,4", "bob,x,2"))
    assert ratings_of(read(write, *lines)) == [("ann", "x", 4.0), ("bob", "x", 2.0)]


@pytest.mark.parametrize(
    "header",
    ["userId,movieId,rating,timestamp", "USER,Item ID,Stars,Date",
     "reviewerID,asin,overall,unixReviewTime", "user_id:token,item_id:token,rating:float,ts:float"],
)  # fmt: skip
def test_columns_are_known_by_their_usual_names(write: Write, header: str) -> None:
    log = read(write, header, "ann,x,4,86400", "bob,y,1,0")
    assert ratings_of(log) == [("ann", "x", 4.0), ("bob", "y", 1.0)]
    assert log.times is not None
    assert log.times.tolist() == [86_400, 0]


def test_columns_may_stand_in_any_order_among_others(write: Write) -> None:
    log = read(write, "rating,comment,item,user", "5,fine,x,ann", "1,bad,y,bob")
    assert ratings_of(log) == [("ann", "x", 5.0), ("bob", "y", 1.0)]


def test_quoted_fields_may_hold_the_delimiter(write: Write) -> None:
    assert read(write, "user,item,rating", '"Doe, Jane",x,5').user_names == ("Doe, Jane",)


def test_the_delimiter_is_the_one_that_gives_known_columns(write: Write) -> None:
    log = read(write, "user;item;rating;a,b,c,d,e", "ann;x;5;,,,,", "bob;x;1;,,,,")
    assert ratings_of(log) == [("ann", "x", 5.0), ("bob", "x", 1.0)]


def test_a_line_with_more_fields_than_the_header_is_malformed(write: Write) -> None:
    fine = [f"user {n},x,{n % 5 + 1}" for n in range(30)]
    log = read(write, "user,item,rating", "Doe, Jane,x,5", *fine)
    assert "the first at log.csv line 2: 4 fields instead of 3" in log.notes[0]


def test_empty_fields_at_the_end_of_a_line_do_no_harm(write: Write) -> None:
    assert ratings_of(read(write, "user,item,rating", "ann,x,5,,")) == [("ann", "x", 5.0)]


def test_times_may_be_iso_dates(write: Write) -> None:
    log = read(write, "user,item,rating,time", "a,x,5,1970-01-02T00:00:01Z", "b,x,1,1970-01-01")
    assert log.times is not None
    assert log.times.tolist() == [86_401, 0]


def test_a_log_without_times_says_so(write: Write) -> None:
    log = read(write, "user,item,rating", "a,x,5")
    assert log.times is None
    assert "no times: the log says nothing of what came first" in log.notes


def test_without_items_an_id_is_its_title(write: Write) -> None:
    log = read(write, "user,item,rating", "a,x,5")
    assert log.catalogue.titles == ("x",)
    assert log.catalogue.genres == ((),)


def test_titles_and_genres_are_taken_from_items_beside_the_log(write: Write) -> None:
    write("items.csv", ["item,title,genres", 'x,"Heat, The",Action| Crime', "y,Unrated,None"])
    log = read(write, "user,item,rating", "a,x,5")
    assert log.catalogue.titles == ("Heat, The",)
    assert log.catalogue.genres == (("Action", "Crime"),)


def test_a_folder_with_one_table_and_items_is_read(write: Write, tmp_path: Path) -> None:
    write("plays.tsv.gz", ["user\titem\trating", "a\tx\t5"])
    write("items.tsv", ["id\ttitle", "x\tHeat"])
    assert ratings_of(read_table(tmp_path)) == [("a", "Heat", 5.0)]


def test_of_several_tables_none_is_guessed(write: Write, tmp_path: Path) -> None:
    write("a.csv", [])
    write("b.csv", [])
    with pytest.raises(WorldError, match=r"several tables \(a\.csv, b\.csv\)"):
        read_table(tmp_path)


def test_the_wrong_delimiter_is_one_clear_error(write: Write) -> None:
    with pytest.raises(WorldError, match=r"expected .*columns user, item, rating.*comma, tab.*"
                                         r"found 'user item rating'"):  # fmt: skip
        read(write, "user item rating", "a x 5")


def test_missing_columns_are_named_beside_those_found(write: Write) -> None:
    with pytest.raises(WorldError, match=r"user, item, rating.*found 'user', 'item', 'when'"):
        read(write, "user,item,when", "a,x,5")


def test_a_table_without_a_header_shows_what_stood_there(write: Write) -> None:
    with pytest.raises(WorldError, match=r"first line that names the columns.*found '1', '31'"):
        read(write, "1,31,2.5,1260759144", "1,1029,3.0,1260759179")


def test_an_empty_table_is_refused(write: Write) -> None:
    with pytest.raises(WorldError, match="is empty"):
        read(write)


def test_a_header_alone_is_refused(write: Write) -> None:
    with pytest.raises(WorldError, match="holds no records"):
        read(write, "user,item,rating")


@pytest.mark.parametrize("rating", ["nan", "inf", "-inf", "good", "", "1e999"])
def test_ratings_that_are_no_numbers_are_malformed(write: Write, rating: str) -> None:
    fine = [f"user {n},x,{n % 5 + 1}" for n in range(30)]
    log = read(write, "user,item,rating", f"ann,x,{rating}", *fine)
    assert len(log) == 30
    assert "1 malformed line skipped, the first at log.csv line 2" in log.notes[0]


@pytest.mark.parametrize("rating", ["-1", "85"])
def test_ratings_beyond_any_usual_scale_are_refused_with_a_hint(write: Write, rating: str) -> None:
    with pytest.raises(WorldError, match="expected are 0 to 10: bring them to one scale"):
        read(write, "user,item,rating", f"a,x,{rating}", "a,y,3")


@pytest.mark.parametrize(
    ("given", "low", "high"),
    [([0, 1], 0, 1), ([1, 1], 0, 1), ([0.5, 5], 0.5, 5), ([0, 4], 0, 5), ([2, 10], 1, 10)],
)
def test_another_scale_is_mapped_to_one_to_five_and_noted(
    write: Write, given: list[float], low: float, high: float
) -> None:
    log = read(write, "user,item,rating", *(f"a,{n},{r}" for n, r in enumerate(given)))
    expected = [1 + 4 * (rating - low) / (high - low) for rating in given]
    np.testing.assert_allclose(log.ratings, expected, rtol=1e-6)
    note = f"ratings taken to be on a scale from {low:g} to {high:g}, mapped to 1 to 5"
    assert note in log.notes


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows)
def test_ratings_of_one_to_five_stay_as_they_are(
    write: Write, rows: list[tuple[str, str, int]]
) -> None:
    rows = [*rows, ("somebody", "something", 5)]
    log = read(write, "user,item,rating", *(f"{u},{i},{r}" for u, i, r in rows))
    assert [float(r) for _, _, r in rows] == log.ratings.tolist()
    assert [u for u, _, _ in rows] == [log.user_names[u] for u in log.users]
    assert [i for _, i, _ in rows] == [log.item_names[i] for i in log.items]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations([(u, i, t) for u in "ab" for i in "xy" for t in range(3)]))
def test_the_order_of_lines_does_not_matter_where_there_are_times(
    write: Write, rows: list[tuple[str, str, int]]
) -> None:
    log = read(write, "user,item,rating,time", *(f"{u},{i},{t + 2},{t}" for u, i, t in rows))
    assert sorted(ratings_of(log)) == [(u, i, 4.0) for u in "ab" for i in "xy"]


def test_without_times_the_last_line_of_a_pair_counts(write: Write) -> None:
    log = read(write, "user,item,rating", "a,x,5", "a,y,3", "a,x,2")
    assert ratings_of(log) == [("a", "y", 3.0), ("a", "x", 2.0)]
    assert "1 repeated rating of an item by the same user left out: the latest one counts" in (
        log.notes
    )


def test_a_table_that_is_not_there_says_what_to_place(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match=r"none\.csv is not there: place one \.csv or \.tsv file"):
        read_table(tmp_path / "none.csv")
