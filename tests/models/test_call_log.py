"""The file of paid calls: whole lines, in order, whatever happens to the process."""

import resource
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import ROLES, ModelError, Tokens
from models.call_log import CallLog, PaidCall

HEADER = "role,model,input,output,cached,estimated,seconds\n"
LINE = "actor,openai:gpt-4o,70,4,50,0,0.532\n"
CALL = PaidCall("actor", "openai:gpt-4o", Tokens(70, 4, 50), 0.532)

counts = st.integers(0, 10**6)
tokens = st.builds(
    lambda asked, said, cached, estimated: Tokens(asked, said, min(cached, asked), estimated),
    *(counts, counts, counts, st.booleans()),
)
names = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1)
calls = st.builds(
    PaidCall,
    st.none() | st.sampled_from(ROLES),
    names,
    tokens,
    st.integers(0, 10**6).map(lambda milliseconds: milliseconds / 1000),
)


def write(folder: Path, text: str) -> Path:
    path = folder / "calls.csv"
    path.write_text(text, encoding="utf-8")
    return path


def read(path: Path) -> list[PaidCall]:
    return list(CallLog(path).calls())


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@given(st.lists(calls, max_size=5), st.lists(calls, max_size=5))
def test_what_is_written_is_read_again_in_order_over_several_openings(
    tmp_path_factory: pytest.TempPathFactory, earlier: list[PaidCall], later: list[PaidCall]
) -> None:
    path = tmp_path_factory.mktemp("calls") / "calls.csv"
    for sitting in (earlier, later):
        log = CallLog(path)
        for call in sitting:
            log.append(call)
    assert read(path) == earlier + later


def test_the_file_is_a_table_whose_columns_are_named_once(tmp_path: Path) -> None:
    path = tmp_path / "run" / "calls.csv"
    for _ in range(2):
        CallLog(path).append(CALL)
    assert path.read_text(encoding="utf-8") == HEADER + 2 * LINE


@pytest.mark.parametrize("cut", range(1, len(LINE)))
def test_an_unfinished_last_line_is_dropped_and_said_so(cut: int, tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + LINE + LINE[:-cut])
    with pytest.warns(UserWarning, match=r"calls\.csv ended in an unfinished line"):
        assert read(path) == [CALL]
    assert path.read_text(encoding="utf-8") == HEADER + LINE


def test_a_file_cut_within_its_first_line_begins_anew(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER[:9])
    with pytest.warns(UserWarning, match="unfinished"):
        CallLog(path).append(CALL)
    assert path.read_text(encoding="utf-8") == HEADER + LINE


@pytest.mark.parametrize(
    "damage",
    [
        "actor,m,70,4,50,0\n",
        "actor,m,70,4,50,0,1.0,more\n",
        "actor,m,seventy,4,50,0,1.0\n",
        "actor,m,70,-4,50,0,1.0\n",
        "actor,m,7,4,50,0,1.0\n",
        "actor,m,70,4,50,2,1.0\n",
        "nobody,m,70,4,50,0,1.0\n",
        'actor,"m,70,4,50,0,1.0\n',
        "\0\0\0\0\n",
    ],
)
def test_a_damaged_line_is_named(damage: str, tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + LINE + damage)
    with pytest.raises(ModelError, match=r"calls\.csv line 3 is damaged"):
        read(path)


@pytest.mark.parametrize("text", ["a letter", "role,model\n", "\n"])
def test_a_file_that_is_something_else_is_refused_and_left_alone(text: str, tmp_path: Path) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ModelError, match=r"calls\.csv is not a record of chat calls"):
        CallLog(path)
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("room", [0, 1, len(LINE) - 1])
def test_what_does_not_fit_leaves_no_half_line_behind(room: int, tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + LINE)
    log = CallLog(path)
    with (
        no_file_longer_than(len(HEADER + LINE) + room),
        pytest.raises(OSError, match=r"calls\.csv cannot be written .*make room"),
    ):
        log.append(CALL)
    log.append(CALL)
    with warnings.catch_warnings(action="error"):
        assert read(path) == [CALL, CALL]
