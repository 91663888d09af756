"""Text from outside, wherever on a page it goes."""

import csv
import io
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.report.csv_tables import csv_text
from experiments.report.markup import Html, csv_cell, script_json, shortened, tag, visible
from tests.experiments.report.parsed import Page

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(ANY_TEXT)
def test_what_is_visible_can_be_written_to_any_file(text: str) -> None:
    assert visible(visible(text)) == visible(text)
    visible(text).encode("utf-8")


@given(ANY_TEXT)
def test_text_in_an_element_is_read_back_and_makes_no_markup(text: str) -> None:
    found = Page(tag("p", text, title=text))
    assert [name for name, _ in found.elements] == ["p"]
    assert found.elements[0][1]["title"] == visible(text)
    assert "".join(found.texts) == visible(text)


@given(JSON)
def test_data_is_read_back_and_holds_no_sign_that_could_end_its_block(value: Any) -> None:
    text = script_json(value)
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text) == _expected(value)


def _expected(value: Any) -> Any:
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, dict):
        return {visible(key): _expected(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_expected(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


@given(ANY_TEXT)
def test_no_cell_of_a_csv_file_is_a_formula(text: str) -> None:
    [_, [cell]] = list(csv.reader(io.StringIO(csv_text([{"a": "x" + text}]))))
    assert cell == visible("x" + text)
    assert not str(csv_cell(text)).lstrip(" \n").startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1"])
def test_a_formula_becomes_text_that_begins_with_an_apostrophe(text: str) -> None:
    assert csv_cell(text) == "'" + text


def test_negative_numbers_stay_numbers() -> None:
    assert csv_cell(-1.5) == -1.5


def test_markup_is_kept_and_everything_else_escaped() -> None:
    assert tag("p", Html("<b>"), "<b>") == "<p><b>&lt;b&gt;</p>"


def test_a_long_text_says_how_much_is_missing() -> None:
    assert shortened("a" * 12, 10) == "aaaaaaaaaa … (2 more characters)"
    assert shortened("a" * 10, 10) == "a" * 10
