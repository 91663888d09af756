"""JSON lines: whole records or none, whatever ends the process or fills the disk."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from typing_extensions import TypedDict

import durable
from experiments.errors import RunError
from experiments.runs.files import OutputError, append_line, new_folder, read_lines

FILL_UP = """
import resource, sys
from pathlib import Path
from experiments.runs.files import append_line

resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
for number in range(100):
    append_line(Path(sys.argv[1]), {"number": number, "text": "é" * 20})
"""

ANY: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])


class Named(TypedDict):
    id: int
    user: int


def read(path: Path, form: TypeAdapter[Any] = ANY) -> list[Any]:
    return [record for _, record in read_lines(path, form)]


values = st.none() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
a_record = st.dictionaries(st.text(max_size=8), values, max_size=3)


@given(records=st.lists(a_record, max_size=4), last=a_record, after=a_record, data=st.data())
def test_a_line_that_was_cut_is_lost_alone_and_spoils_no_later_one(
    records: list[dict[str, Any]],
    last: dict[str, Any],
    after: dict[str, Any],
    data: st.DataObject,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = tmp_path_factory.mktemp("lines") / "records.jsonl"
    path.touch()
    for record in records:
        append_line(path, record)
    whole = path.stat().st_size
    append_line(path, last)
    with path.open("r+b") as file:
        file.truncate(data.draw(st.integers(whole, path.stat().st_size - 1)))
    assert read(path) == records

    durable.drop_unfinished_line(path)
    append_line(path, after)
    assert read(path) == [*records, after]


def test_a_file_that_is_not_there_has_no_records(tmp_path: Path) -> None:
    assert read(tmp_path / "none.jsonl") == []


def test_half_a_character_from_a_model_is_kept(tmp_path: Path) -> None:
    append_line(tmp_path / "records.jsonl", {"thought": "\ud83d"})
    assert read(tmp_path / "records.jsonl") == [{"thought": "\ud83d"}]


@pytest.mark.parametrize(
    "line", [b"{", b'{"id": 1} {"id": 2}', b"[1]", b"\xff\xfe", b'{"id": 1}', b""]
)
def test_a_damaged_line_is_refused_with_its_file_and_number(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "episodes.jsonl"
    path.write_bytes(b'{"id": 1, "user": 3}\n' + line + b'\n{"id": 2, "user": 4}\n')
    with pytest.raises(RunError, match=r"episodes\.jsonl line 2 is damaged: delete that line"):
        read(path, TypeAdapter(Named))


def test_records_before_a_damaged_line_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "episodes.jsonl"
    path.write_bytes(b'{"id": 1}\nnonsense\n')
    assert next(read_lines(path, ANY)) == (0, {"id": 1})


def test_damaged_lines_are_passed_over_where_that_is_asked_for(tmp_path: Path) -> None:
    path, damaged = tmp_path / "episodes.jsonl", list[RunError]()
    path.write_bytes(b'{"id": 1}\nnonsense\n{"id": 2}\n')
    assert list(read_lines(path, ANY, damaged.append)) == [(0, {"id": 1}), (19, {"id": 2})]
    assert [str(one).startswith(f"{path} line 2 is damaged") for one in damaged] == [True]


def test_a_full_disk_leaves_whole_records_and_one_can_go_on_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    filled = subprocess.run(
        [sys.executable, "-c", FILL_UP, str(path)], capture_output=True, text=True, check=False
    )
    assert f"cannot write {path} (" in filled.stderr
    assert "make room, then give the same command again" in filled.stderr

    found = path.read_bytes()
    assert 900 < len(found) <= 1000
    assert found.endswith(b"}\n")
    written = [record["number"] for record in read(path)]
    assert written == list(range(len(written)))
    append_line(path, {"number": len(written)})
    assert [record["number"] for record in read(path)] == list(range(len(written) + 1))


def test_a_device_without_room_is_told_as_such(tmp_path: Path) -> None:
    full = tmp_path / "full.jsonl"
    full.symlink_to("/dev/full")
    with pytest.raises(OutputError, match="No space left on device"):
        append_line(full, {"number": 1})


def test_a_record_is_one_line_whatever_its_text(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    append_line(path, {"reply": "one\ntwo\r\nthree\u2028four"})
    assert path.read_bytes().count(b"\n") == 1
    assert json.loads(path.read_bytes())["reply"].endswith("four")


def test_every_new_folder_has_a_number_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "shows" / "notes").mkdir(parents=True)
    assert [new_folder(tmp_path / "shows").name for _ in range(3)] == ["001", "002", "003"]
    (tmp_path / "shows" / "002").rmdir()
    assert new_folder(tmp_path / "shows").name == "004"
