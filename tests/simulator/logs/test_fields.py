"""Ids, numbers and times are taken as publishers write them, or refused with a reason."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.logs.fields import NO_TIME, parse_id, parse_number, parse_seconds
from simulator.logs.lines import UnusableLineError


@pytest.mark.parametrize("value", [None, "", "  ", 1.5, True, [], {}])
def test_what_is_no_id_is_unusable(value: object) -> None:
    with pytest.raises(UnusableLineError, match="no user"):
        parse_id(value, "user")


def test_a_numeric_id_becomes_text() -> None:
    assert parse_id(17, "user") == "17"


@given(st.text(st.characters(), min_size=1).filter(lambda text: not text.isspace()))
def test_an_id_can_always_be_written_again(text: str) -> None:
    assert parse_id(text, "user").encode()


def test_the_halves_of_a_character_are_joined_as_old_python_wrote_them() -> None:
    assert parse_id("\ud83d\ude00", "user") == "\U0001f600"


@pytest.mark.parametrize("value", ["nan", "inf", "-1", "5.1", "five", float("nan"), [], "1" * 400])
def test_what_is_no_number_within_bounds_is_unusable(value: object) -> None:
    with pytest.raises(UnusableLineError, match="is not a number from 0 to 5"):
        parse_number(value, "rating", 0, 5)


@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_number_is_told_apart(value: object) -> None:
    with pytest.raises(UnusableLineError, match="no hours"):
        parse_number(value, "hours", 0, 5)


@given(st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)))
def test_a_time_means_the_same_as_iso_text_and_as_seconds(moment: datetime) -> None:
    moment = moment.replace(microsecond=0, tzinfo=UTC)
    texts = [moment.isoformat(), moment.replace(tzinfo=None).isoformat(), str(moment.timestamp())]
    assert {parse_seconds(text) for text in texts} == {int(moment.timestamp())}


def test_a_time_without_a_zone_does_not_depend_on_where_it_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert parse_seconds("1970-01-01 09:00:00.5") == 9 * 3_600
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_day_is_its_first_second() -> None:
    assert parse_seconds("1970-01-02") == 86_400


@pytest.mark.parametrize("value", [None, "", "yesterday", "nan", "1e300", True, [], float("inf")])
def test_what_is_no_time_stands_before_every_time(value: object) -> None:
    assert parse_seconds(value) == NO_TIME
