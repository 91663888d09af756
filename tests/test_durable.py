import errno
import os
import resource
import signal
from pathlib import Path

import pytest

import durable


def test_appended_lines_are_there_in_order(tmp_path: Path):
    path = tmp_path / "log"
    durable.append(path, b"one\n")
    durable.append(path, b"two\nthree\n")
    assert list(durable.whole_lines(path)) == [(1, b"one\n"), (2, b"two\n"), (3, b"three\n")]


def _full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_an_append_that_cannot_be_synced_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "log"
    durable.append(path, b"one\n")
    monkeypatch.setattr(os, "fsync", _full)
    with pytest.raises(OSError, match="No space left"):
        durable.append(path, b"two\n")
    assert path.read_bytes() == b"one\n"


def test_an_append_that_is_cut_short_leaves_the_file_as_it_was(tmp_path: Path):
    path = tmp_path / "log"
    durable.append(path, b"one\n")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (6, limits[1]))
    try:
        with pytest.raises(OSError, match="No space left"):
            durable.append(path, b"two\n")  # four bytes, of which two fit
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert path.read_bytes() == b"one\n"


def test_a_line_without_an_end_is_neither_read_nor_kept(tmp_path: Path):
    path = tmp_path / "log"
    path.write_bytes(b"one\ntw")
    assert list(durable.whole_lines(path)) == [(1, b"one\n")]
    assert durable.drop_unfinished_line(path)
    assert path.read_bytes() == b"one\n"
    assert not durable.drop_unfinished_line(path)
    assert not durable.drop_unfinished_line(tmp_path / "missing")


def test_a_checked_line_reads_back_and_no_other_does():
    record = {"name": "Amélie \u2028", "rows": [1.5, None]}
    line = durable.checked_line(record)
    assert line.endswith(b"\n")
    assert durable.checked_record(line) == record
    for at in range(len(line)):
        for bit in range(8):
            assert durable.checked_record(_flipped(line, at, bit)) is None
    assert durable.checked_record(line[:-1]) is None
    assert durable.checked_record(b"") is None


def _flipped(line: bytes, at: int, bit: int) -> bytes:
    return line[:at] + bytes([line[at] ^ 1 << bit]) + line[at + 1 :]


def test_replacing_is_whole_or_not_at_all(tmp_path: Path):
    path = tmp_path / "file"
    durable.replace(path, b"old")

    def fail_halfway() -> None:
        with durable.replacing(path) as partial:
            partial.write_bytes(b"ne")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_halfway()
    assert path.read_bytes() == b"old"
    durable.replace(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def permissions(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_files_and_folders_are_made_for_their_user_alone(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        folder = tmp_path / "one" / "two"
        durable.make_folder(folder)
        durable.make_folder(folder)
        durable.append(folder / "log", b"one\n")
        (folder / "state").touch(0o644)
        durable.replace(folder / "state", b"{}")
        durable.make_private(folder / "base")
    finally:
        os.umask(before)
    made = [folder.parent, folder, folder / "log", folder / "state", folder / "base"]
    assert [oct(permissions(path)) for path in made] == ["0o700"] * 2 + ["0o600"] * 3
