"""Data frames of pandas and polars become the log that their files would become."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from simulator import WorldError
from simulator.logs.frames import read_frames
from tests.simulator.logs.conftest import ratings_of

Frame = Callable[[dict[str, list[Any]]], Any]
RATINGS: dict[str, list[Any]] = {
    "user": ["ann", "ann", "bob"], "item": [1, 2, 1], "rating": [5, 1.5, 3],
}  # fmt: skip
ITEMS: dict[str, list[Any]] = {"item": [1, 2], "title": ["Dune", "Emma"]}

of_both = pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])


@of_both
def test_frames_give_the_rows_and_titles_that_they_hold(frame: Frame) -> None:
    ratings = {**RATINGS, "rating": [5.0, 1.5, 3.0]}
    log = read_frames(frame(ratings), frame(ITEMS))
    assert ratings_of(log) == [("ann", "Dune", 5.0), ("ann", "Emma", 1.5), ("bob", "Dune", 3.0)]
    assert log.times is None


@of_both
def test_without_items_ids_stand_in_for_titles(frame: Frame) -> None:
    log = read_frames(frame({**RATINGS, "rating": [5, 1, 3]}))
    assert log.catalogue.titles == ("1", "2")
    assert any("have no title" in note for note in log.notes)


@of_both
@pytest.mark.parametrize(
    ("times", "seconds"),
    [
        ([30, 20, 10], [30, 20, 10]),
        ([datetime(2024, 5, 1, hour) for hour in (2, 1, 0)], [7200, 3600, 0]),
        ([datetime(2024, 5, 1, hour, tzinfo=UTC) for hour in (2, 1, 0)], [7200, 3600, 0]),
        (["2024-05-01T02:00", "2024-05-01T01:00", "2024-05-01"], [7200, 3600, 0]),
        ([date(2024, 5, 3), date(2024, 5, 2), date(2024, 5, 1)], [172_800, 86_400, 0]),
    ],
)
def test_times_may_be_seconds_dates_or_text(
    frame: Frame, times: list[Any], seconds: list[int]
) -> None:
    log = read_frames(frame({**RATINGS, "rating": [5, 1, 3], "time": times}))
    assert log.times is not None
    assert (log.times - log.times.min()).tolist() == [at - min(seconds) for at in seconds]


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NaT, ""])
def test_a_missing_time_counts_as_the_earliest(missing: object) -> None:
    log = read_frames(pd.DataFrame({**RATINGS, "time": [missing, datetime(2024, 5, 1), 5]}))
    assert "1 rating without a time taken as the earliest" in log.notes


@of_both
@pytest.mark.parametrize("genres", [["Space|Sand", ""], [["Space", "Sand"], []]])
def test_genres_may_be_lists_or_one_text(frame: Frame, genres: list[Any]) -> None:
    log = read_frames(frame({**RATINGS, "rating": [5, 1, 3]}), frame({**ITEMS, "genres": genres}))
    assert log.catalogue.genres == (("Space", "Sand"), ())


@of_both
def test_columns_are_known_by_the_names_that_files_may_give_them(frame: Frame) -> None:
    ratings = {"userId": ["ann"], "movieId": [7], "rating": [4], "timestamp": [99]}
    log = read_frames(frame(ratings), frame({"movieId": [7], "title": ["Heat"], "year": [1995]}))
    assert ratings_of(log) == [("ann", "Heat", 4.0)]


@pytest.mark.parametrize("dtype", ["int32", "float64", "Int64", "category", "object", "string"])
def test_ids_of_both_frames_meet_whatever_type_pandas_gave_them(dtype: str) -> None:
    ratings = pd.DataFrame({**RATINGS, "item": pd.Series([1, 2, 1]).astype(dtype)})
    assert read_frames(ratings, pd.DataFrame(ITEMS)).catalogue.titles == ("Dune", "Emma")


def test_ratings_on_another_scale_are_mapped_and_noted() -> None:
    log = read_frames(pd.DataFrame({**RATINGS, "rating": [10, 0, 5]}))
    assert log.ratings.tolist() == [5.0, 1.0, 3.0]
    assert "ratings taken to be on a scale from 0 to 10, mapped to 1 to 5" in log.notes


def test_of_repeated_pairs_the_latest_counts() -> None:
    ratings = {"user": ["ann", "ann"], "item": [1, 1], "rating": [2, 4], "time": [9, 3]}
    log = read_frames(pd.DataFrame(ratings))
    assert log.ratings.tolist() == [2.0]


def refused(ratings: object, items: object = None) -> str:
    with pytest.raises(WorldError) as error:
        read_frames(ratings, items)  # type: ignore[arg-type]
    return str(error.value)


@of_both
@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"user": None}, "ratings: no column 'user': expected are user, item, rating"),
        ({"user": None, "rating": None}, "no column 'user' and no column 'rating'"),
        ({"user": ["ann", None, "bob"]}, "ratings: column 'user' has no value in row 1"),
        ({"item": [None, None, 1]}, "ratings: column 'item' has no value in rows 0, 1: leave"),
        ({"item": [1.0, float("nan"), 1.0]}, "column 'item' has no value in row 1"),
        ({"item": [1.5, 2.0, 1.0]}, "column 'item' has 1.5 in row 0: ids are whole numbers"),
        ({"item": [True, False, True]}, "column 'item' has True in row 0"),
        ({"rating": [5.0, None, 3.0]}, "column 'rating' has no value in row 1"),
        ({"rating": ["5", "1", "good"]}, "column 'rating' has '5' in row 0: expected are numbers"),
        ({"rating": [5.0, float("inf"), 3.0]}, "column 'rating' has inf in row 1"),
        ({"rating": [-1, 3, 5]}, "column 'rating': ratings go from -1 to 5, expected are 0 to 10"),
        ({"rating": [1, 3, 100]}, "ratings go from 1 to 100"),
        ({"user": [], "item": [], "rating": []}, "ratings: the frame has no rows"),
    ],
)  # fmt: skip
def test_bad_ratings_are_refused_with_column_row_and_remedy(
    frame: Frame, changed: dict[str, Any], message: str
) -> None:
    columns = {**RATINGS, "rating": [5, 1, 3], **changed}
    ratings = frame({name: column for name, column in columns.items() if column is not None})
    assert message in refused(ratings)


@of_both
@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"title": None}, "items: no column 'title'"),
        ({"item": [1, None]}, "items: column 'item' has no value in row 1"),
        ({"item": [1, 1]}, "items: column 'item' has '1' in rows 0, 1: leave all but one out"),
        ({"item": ["B1", "B2"]}, "has none of the items that were rated: 'B1' stands here, '1'"),
        ({"title": ["Dune", "Dune "]}, "column 'title' has 'Dune' in rows 0, 1: agents name items"),
    ],
)
def test_bad_items_are_refused_with_column_row_and_remedy(
    frame: Frame, changed: dict[str, Any], message: str
) -> None:
    items = {name: column for name, column in {**ITEMS, **changed}.items() if column is not None}
    assert message in refused(frame({**RATINGS, "rating": [5, 1, 3]}), frame(items))


def test_the_frames_own_name_of_a_column_is_the_one_in_the_error() -> None:
    ratings = pd.DataFrame(RATINGS).rename(columns={"item": "movieId"}).astype({"movieId": float})
    ratings.loc[2, "movieId"] = np.nan
    assert "ratings: column 'movieId' has no value in row 2" in refused(ratings)


def test_titles_of_items_that_nobody_rated_may_be_alike() -> None:
    items = {"item": [1, 2, 3, 4], "title": ["Dune", "Emma", "Omnibus", "Omnibus"]}
    assert len(read_frames(pd.DataFrame(RATINGS), pd.DataFrame(items)).catalogue) == 2


@pytest.mark.filterwarnings("ignore::polars.exceptions.PerformanceWarning")
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"user": [1]}, "ratings: expected a pandas or polars DataFrame, got dict"),
        ("ratings.csv", "ratings: expected a pandas or polars DataFrame, got str"),
        (pl.LazyFrame({**RATINGS, "rating": [5, 1, 3]}), "a LazyFrame must be collected first"),
        (pd.DataFrame([["ann", "bob", 1, 3]], columns=["user", "user", "item", "rating"]),
         "column 'user' cannot be read"),
    ],
)  # fmt: skip
def test_what_is_no_data_frame_is_refused(given: object, message: str) -> None:
    assert message in refused(given)
