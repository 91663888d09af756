"""Lines come numbered and whole, and what cannot be read is counted."""

import gzip
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator import WorldError
from simulator.logs import chunks as chunks_module
from simulator.logs.chunks import ReadLimits
from simulator.logs.lines import Lines

printable = st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), min_size=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.txt"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(printable), st.integers(1, 9), st.booleans())
def test_lines_do_not_depend_on_where_the_chunks_end(
    path: Path, texts: list[str], size: int, packed: bool
) -> None:
    data = "\n".join(texts).encode()
    path.write_bytes(gzip.compress(data) if packed else data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunks_module, "CHUNK", size)
        found = list(Lines(path))
    expected = [(n, text) for n, text in enumerate(texts, 1) if not text.isspace()]
    if expected and expected[0][0] == 1:
        expected[0] = (1, expected[0][1].removeprefix("\ufeff"))
    assert [pair for pair in found if pair[1]] == [pair for pair in expected if pair[1]]


def test_blank_lines_are_passed_over_but_numbered(path: Path) -> None:
    path.write_bytes(b"a\n\n \nb\n")
    assert list(Lines(path)) == [(1, "a"), (4, "b")]


def test_windows_line_ends_are_dropped(path: Path) -> None:
    path.write_bytes(b"a\r\nb\t\r\n")
    assert [text for _, text in Lines(path)] == ["a", "b\t"]


def test_an_overlong_line_is_malformed_and_the_next_is_read(path: Path) -> None:
    path.write_bytes(b"short\n" * 30 + b"x" * 3_000_000 + b"\nlast")
    lines = Lines(path, limits=ReadLimits(line=1_000))
    assert list(lines)[-1] == (32, "last")
    assert lines.notes() == [
        "1 malformed line skipped, the first at log.txt line 31: longer than 1,000 bytes"
    ]


def test_bytes_that_are_not_utf_8_are_replaced_and_counted(path: Path) -> None:
    path.write_bytes(b"caf\xe9\nfine\n")
    lines = Lines(path)
    assert [text for _, text in lines] == ["caf\ufffd", "fine"]
    assert lines.notes() == ["1 line of log.txt not in UTF-8: unreadable characters replaced"]


def test_an_older_encoding_is_read_where_the_layout_has_one(path: Path) -> None:
    path.write_bytes(b"caf\xe9\ncaf\xc3\xa9\n")
    lines = Lines(path, fallback="latin-1")
    assert [text for _, text in lines] == ["café", "café"]
    assert lines.notes() == []


def test_too_many_malformed_lines_are_an_error_at_the_end_of_a_short_file(path: Path) -> None:
    path.write_bytes(b"a\n" * 18)
    lines = Lines(path)

    def read() -> None:
        for number, _ in lines:
            if number == 3:
                lines.malformed.add(number, "no user")

    with pytest.raises(WorldError, match=r"log\.txt: 1 of 18 lines are malformed.*line 3: no user"):
        read()
