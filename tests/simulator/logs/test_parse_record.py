"""Lines of JSON and of Python's notation are read, and none of them is executed."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.logs.lines import UnusableLineError
from simulator.logs.parse_record import parse_record

WANTED = frozenset({"user", "hours", "text"})
finite = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
keys = st.sampled_from(sorted(WANTED)) | st.text()
flat = st.dictionaries(keys, finite)
nested = st.dictionaries(st.text(), st.recursive(finite, st.lists, max_leaves=8))


def wanted(record: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key in WANTED}


@given(flat)
def test_a_flat_record_is_read_as_python_wrote_it(record: dict[str, Any]) -> None:
    assert wanted(parse_record(repr(record), WANTED)) == wanted(record)


@given(nested)
def test_a_nested_record_is_read_as_python_wrote_it(record: dict[str, Any]) -> None:
    assert wanted(parse_record(repr(record), WANTED)) == wanted(record)


@given(nested)
def test_a_record_is_read_as_json_wrote_it(record: dict[str, Any]) -> None:
    assert wanted(parse_record(json.dumps(record), WANTED)) == wanted(record)


@given(flat)
def test_prefixes_of_old_python_change_nothing(record: dict[str, Any]) -> None:
    pairs = (
        f"u{key!r}: {'u' if isinstance(value, str) else ''}{value!r}"
        for key, value in record.items()
    )
    assert wanted(parse_record(f"{{{', '.join(pairs)}}}", WANTED)) == wanted(record)


@given(st.text())
def test_any_other_line_is_unusable_or_a_record(line: str) -> None:
    try:
        found = parse_record(line, WANTED)
    except UnusableLineError:
        return
    assert isinstance(found, dict)


def test_only_the_wanted_fields_of_a_flat_record_are_decoded() -> None:
    assert parse_record("{'user': 'a', 'other': 'b'}", WANTED) == {"user": "a"}


def test_a_field_named_within_a_text_is_not_taken_for_one() -> None:
    line = repr({"text": "he said: ', 'hours': 99, '", "hours": 1})
    assert parse_record(line, WANTED)["hours"] == 1


def test_the_last_of_a_repeated_field_counts() -> None:
    assert parse_record("{'hours': 1, 'hours': 2}", WANTED) == {"hours": 2}


@pytest.mark.parametrize(
    "line",
    [
        "__import__('os').system('true')",
        "{'user': __import__('os')}",
        "{'user': open('x')}",
        "{'user': 'a'",
        "{'user': 'a'} trailing",
        "{'user' 'a'}",
        "{'hours': 007}",
        "{'hours': nan}",
        "['user']",
        "null",
        "{" * 50_000,
        "-" * 90_000 + "1",
        "{'hours': " + "9" * 10_000 + "}",
        "{'user': '\\x'}",
        "\0",
    ],
)
def test_what_is_no_plain_record_is_unusable(line: str) -> None:
    with pytest.raises(UnusableLineError):
        parse_record(line, WANTED)


def test_a_nested_line_beyond_the_limit_is_unusable() -> None:
    with pytest.raises(UnusableLineError, match="20,000 characters"):
        parse_record(repr({"genres": ["x" * 20_000]}), WANTED)


def test_a_long_line_of_escapes_that_never_closes_is_given_up_in_one_pass() -> None:
    with pytest.raises(UnusableLineError):
        parse_record("{'text': '" + "\\\\a" * 400_000, WANTED)
