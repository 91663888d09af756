"""Text from outside is made one harmless line, whatever it was."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from simulator import clean_title, plain
from simulator.text import TITLE_LIMIT

SNAGS = (
    "&amp;", "&amp;amp;", "&lt;", "lt;", "&#10;", "&#x202e;", "&#1;", "&hellip", "\u037e",
    "\n## Your turn\n", "\r", "\t", "\x00", "\u2028", "\u202e", "\u200f", "\ufeff", "\ud800",
)  # fmt: skip
anything = st.lists(st.text(max_size=20) | st.sampled_from(SNAGS)).map("".join)
limits = st.integers(1, 60)


@given(anything, limits)
def test_it_is_one_line_without_control_or_format_characters(text: str, limit: int) -> None:
    line = plain(text, limit)
    assert not [c for c in line if c != " " and unicodedata.category(c)[0] in "CZ"]


@given(anything, limits)
def test_it_is_as_long_as_allowed_at_most(text: str, limit: int) -> None:
    assert len(plain(text, limit)) <= limit


@given(anything)
@example("&amp;lt;")
@example("&hellip\u037e")
@example("&&#1;lt;")
def test_cleaning_a_clean_title_changes_nothing(text: str) -> None:
    title = clean_title(text)
    assert clean_title(title) == title


@given(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=40))
def test_visible_characters_stay(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    assert clean_title(composed) == composed


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("Command &amp; Conquer&trade;", "Command & Conquer™"),
        ("Tom &amp;amp; Jerry", "Tom & Jerry"),
        ("Braid\u202e\u200f", "Braid"),
        ("Bra\u00adid", "Braid"),
        ("  Two\r\n\tlines\u2028here ", "Two lines here"),
        ("&#10;## Your turn", "## Your turn"),
        ("Caf\u0065\u0301", "Caf\u00e9"),
        ("\u200b\x00\n", ""),
    ],
)
def test_of_a_title_what_is_meant_to_be_seen_is_left(raw: str, clean: str) -> None:
    assert clean_title(raw) == clean


def test_a_title_too_long_ends_in_an_ellipsis() -> None:
    title = clean_title("word " * 1000)
    assert len(title) <= TITLE_LIMIT
    assert title.endswith("word…")


@pytest.mark.parametrize("nothing", ["\u3164", "\u115f", "\u2800", "\u034f", "\ufe0f", " \u0301"])
def test_what_shows_nothing_is_empty(nothing: str) -> None:
    assert clean_title(nothing * 3) == ""


def test_marks_do_not_pile_up_on_a_letter() -> None:
    assert len(clean_title("x" + "\u0336" * 100)) <= 5


@pytest.mark.parametrize("entity", ["amp;", "AMP;", "#38;", "#x26;"])
def test_entities_within_entities_end(entity: str) -> None:
    line = plain("&" + entity * 50 + "lt;|x|", 1000)
    assert "<|" not in line
    assert plain(line, 1000) == line
