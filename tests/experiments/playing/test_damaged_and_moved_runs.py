"""Runs whose checkpoints were damaged or whose folders were moved between two sittings go on."""

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from models import StoppedError
from tests.experiments.tiny_runs import billp, compare, moody, summary

pytestmark = pytest.mark.slow

CHECKPOINTS = "checkpoints.sqlite"
ARM = ("--arms", "billp", "--seeds", "1")
STOP_AT = 25  # calls, with episodes under way


def flip_values(file: Path) -> None:
    longer = "UPDATE writes SET value = CAST(value || x'00' AS BLOB)"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(longer)


def flip_pages(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    data = bytearray(file.read_bytes())
    for at in range(4096, len(data), 512):
        data[at] ^= 0xFF
    file.write_bytes(data)


def test_a_run_with_damaged_checkpoints_says_what_to_do_and_goes_on_elsewhere_without_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone, stopped = tmp_path / "alone", tmp_path / "stopped"
    assert compare(alone, *ARM).code == 0
    begun = list[str]()

    def stop(prompt: str) -> None:
        begun.append(prompt)
        if len(begun) == STOP_AT:
            raise StoppedError("enough for today")

    with monkeypatch.context() as patch:
        patch.setattr("graph.load.connect", moody(stop, random.Random(3)))
        assert compare(stopped, *ARM).code == 3
    whole = (stopped / CHECKPOINTS).read_bytes()
    for damage in (flip_values, flip_pages):
        (stopped / CHECKPOINTS).write_bytes(whole)
        damage(stopped / CHECKPOINTS)
        done = compare(stopped, *ARM)
        assert done.code == 2
        assert done.err.startswith(f"billp: {stopped / CHECKPOINTS} is damaged (")
        assert "move it away" in done.err
        assert done.err.count("\n") == 1
    for left in stopped.glob(f"{CHECKPOINTS}*"):
        left.rename(tmp_path / left.name)
    moved = stopped.rename(tmp_path / "moved")
    done = compare(moved, *ARM)
    assert (done.code, done.err) == (0, "")
    assert summary(moved) == summary(alone)
    assert not stopped.exists()
    assert billp("report", moved).code == 0
    assert (moved / "report.html").stat().st_size > 0


def test_a_moved_training_is_evaluated_and_a_moved_evaluation_goes_on(tmp_path: Path) -> None:
    trained, moved = tmp_path / "trained", tmp_path / "moved"
    small = ("--world", "demo", "--episodes", "2", "--rounds", "2", "--no-report")
    done = billp("train", *small, "--arm", "billp", "--out", trained)
    assert done.code == 0, done.err
    trained.rename(moved)
    evaluate = ("evaluate", moved, "--episodes", "2", "--no-report")
    assert billp(*evaluate, "--out", tmp_path / "first").code == 0
    (tmp_path / "first").rename(tmp_path / "second")
    before = summary(tmp_path / "second")
    moved.rename(trained)
    done = billp("evaluate", trained, *evaluate[2:], "--out", tmp_path / "second")
    assert (done.code, done.err) == (0, "")
    assert summary(tmp_path / "second") == before


def test_a_damaged_file_of_plays_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BILLP_HOME", str(tmp_path))
    (tmp_path / "play").mkdir()
    (tmp_path / "play" / "threads.sqlite").write_bytes(b"no database" * 1000)
    done = billp("play", "--thread", "mine")
    assert done.code == 2
    assert done.err.startswith(f"billp: {tmp_path / 'play' / 'threads.sqlite'} is damaged (")
    assert done.err.count("\n") == 1
