"""A run as a whole: the same whatever its pace, nothing played twice, and errors kept apart."""

import json
import random
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from experiments.runs.cell import Cell
from experiments.runs.files import OutputError
from models import AccessRefusedError, StoppedError
from tests.experiments.tiny_runs import (
    calls,
    compare,
    figures,
    is_of,
    journals,
    moody,
    records,
    summary,
)

pytestmark = pytest.mark.slow

CHAT_MODEL = "graph.load.connect"
ARMS = ("--arms", "random,react,billp", "--evaluate", "both")
SECOND_BATCH = ("billp/0/train/0002", "billp/0/train/0003")


class Gone(RuntimeError):
    """What a server's client raises."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nothing disturbed, one episode at a time."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    done = compare(folder, *ARMS, "--concurrency", "1")
    assert done.code == 0, done.err
    return folder


@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(concurrency=st.integers(2, 16), seed=st.integers(0, 2**32))
def test_a_run_is_the_same_whatever_its_pace(
    concurrency: int,
    seed: int,
    whole: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    monkeypatch.setattr(CHAT_MODEL, moody(dice=random.Random(seed)))
    folder = tmp_path_factory.mktemp("paced") / "run"
    assert compare(folder, *ARMS, "--concurrency", concurrency).code == 0
    assert summary(folder) == summary(whole)
    assert journals(folder) == journals(whole)
    assert len(calls(folder)) == len(calls(whole))


def test_the_same_command_asks_and_plays_nothing_again(whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(whole, folder)
    before = {path: path.read_bytes() for path in folder.rglob("*.jsonl")}
    assert compare(folder, *ARMS).code == 0
    assert (folder / "calls.csv").read_bytes() == (whole / "calls.csv").read_bytes()
    assert {path: path.read_bytes() for path in folder.rglob("*.jsonl")} == before
    assert summary(folder) == summary(whole)


def test_a_finished_run_leaves_no_checkpoints(whole: Path) -> None:
    assert not list(whole.glob("*.sqlite*"))


def test_every_episode_is_recorded_once_with_what_it_cost(whole: Path) -> None:
    found = records(whole, "billp.1")
    assert len({record["id"] for record in found}) == len(found) == 4 + 3 + 3
    used = sum(usage["calls"] for record in found for usage in record["usage"])
    cells = [f"{arm}.{seed}" for arm in ("react", "billp") for seed in (0, 1)]
    everywhere = (usage for cell in cells for one in records(whole, cell) for usage in one["usage"])
    assert 0 < used < sum(usage["calls"] for usage in everywhere) == len(calls(whole))


def test_variants_meet_the_same_users_under_a_seed_and_others_under_another(whole: Path) -> None:
    def users(cell: str) -> list[int]:
        frozen = (record for record in records(whole, cell) if record["phase"] == "frozen")
        return [record["user"] for record in sorted(frozen, key=lambda one: one["number"])]

    assert users("random.0") == users("react.0") == users("billp.0")
    assert users("billp.0") != users("billp.1")


def test_nobody_who_is_evaluated_was_learned_from(whole: Path) -> None:
    for seed in (0, 1):
        met = dict[str, set[int]]()
        for record in records(whole, f"billp.{seed}"):
            met.setdefault(record["phase"], set()).add(record["user"])
        assert met["frozen"] == met["online"]
        assert met["train"]
        assert not met["train"] & met["frozen"]


@pytest.mark.parametrize(("phase", "number"), [("train", 1), ("online", 2)])
def test_a_lost_record_of_what_was_learned_from_is_missed(
    phase: str, number: int, whole: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    shutil.copytree(whole, folder)
    path = folder / "cells" / "billp.0" / "episodes.jsonl"
    kept = [
        one
        for one in records(folder, "billp.0")
        if (one["phase"], one["number"]) != (phase, number)
    ]
    path.write_text("".join(json.dumps(one) + "\n" for one in kept))
    done = compare(folder, *ARMS)
    assert done.code == 2
    assert f"billp.0 has lost the record of {phase} episode {number}, which its" in done.err
    shutil.rmtree(path.parent)
    assert compare(folder, *ARMS).code == 0
    assert summary(folder) == summary(whole)


def test_an_episode_that_fails_is_recorded_and_takes_nobody_along(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    victim = next(one for one in records(whole, "billp.0") if one["id"] == "billp/0/train/0001")

    def fail(prompt: str) -> None:
        session = prompt.rpartition("## This session")[2]
        if is_of(victim["user"], prompt) and "2. shown" in session:
            raise Gone("the server\nhung up")

    monkeypatch.setattr(CHAT_MODEL, moody(fail))
    folder = tmp_path / "run"
    done = compare(folder, *ARMS)
    assert done.code == 0
    assert "billp: 1 of 8 training episodes failed and taught nothing (Gone 1)\n" in done.out
    trained = figures(folder, "billp", "train")
    assert (trained["episodes"], trained["errors"]) == (7, 1)
    assert trained["error_types"] == {"Gone": 1}
    [failed] = [one for one in records(folder, "billp.0") if one["error"]]
    assert failed["error"] == {"type": "Gone", "message": "the server hung up"}
    assert [step["item"] for step in failed["steps"]] == [
        step["item"] for step in victim["steps"][:2]
    ]
    assert sum(usage["calls"] for usage in failed["usage"]) > 0
    assert figures(folder, "billp")["errors"] == 0
    taught = journals(folder)["cells/billp.0/memory/journal.jsonl"].decode()
    assert "billp/0/train/0000" in taught
    assert "billp/0/train/0001" not in taught


def test_what_failed_last_is_tried_again_by_the_same_command(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [user] = {one["user"] for one in records(whole, "react.1") if one["number"] == 2}

    def fail(prompt: str) -> None:
        if is_of(user, prompt):
            raise Gone("not now")

    folder = tmp_path / "run"
    with monkeypatch.context() as patch:
        patch.setattr(CHAT_MODEL, moody(fail))
        assert compare(folder, "--arms", "react").code == 0
    assert figures(folder, "react")["errors"] == 1
    asked = len(calls(folder))

    done = compare(folder, "--arms", "react")
    assert done.code == 0
    assert figures(folder, "react") == figures(whole, "react")
    again = [one for one in records(folder, "react.1") if one["user"] == user]
    assert [bool(one["error"]) for one in again] == [True, False]
    used = sum(usage["calls"] for usage in again[-1]["usage"])
    assert len(calls(folder)) == asked + used


@pytest.mark.parametrize("allowed", [0, 2])
def test_more_errors_than_allowed_stop_the_run(
    allowed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: str) -> None:
        raise Gone("not now")

    monkeypatch.setattr(CHAT_MODEL, moody(fail))
    arms = ("--arms", "act-only", "--max-errors", allowed, "--concurrency", 1)
    done = compare(tmp_path / "run", *arms)
    assert done.code == 3
    assert f"stopped: {allowed + 1} error" in done.out
    assert figures(tmp_path / "run", "act-only")["errors"] == allowed + 1


def test_a_server_that_is_gone_stops_the_run_before_anything_is_learned_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = ("--train-episodes", 10, "--batch", 10, "--arms", "reflexion")
    folder, alone = tmp_path / "run", tmp_path / "alone"
    assert compare(alone, *sizes).code == 0

    def fail(_: str) -> None:
        raise Gone("connection refused")

    with monkeypatch.context() as patch:
        patch.setattr(CHAT_MODEL, moody(fail))
        done = compare(folder, *sizes)
    assert done.code == 3
    assert "10 episodes failed one after another, the last with Gone (connection r" in done.out
    assert "give the same command again to go on" in done.out

    assert compare(folder, *sizes).code == 0
    assert summary(folder) == summary(alone)
    assert journals(folder) == journals(alone)


def test_a_batch_of_failures_alone_is_not_committed_but_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, alone = tmp_path / "run", tmp_path / "alone"
    chosen = ("--arms", "random,billp", "--seeds", 1)
    assert compare(alone, *chosen).code == 0
    users = [one["user"] for one in records(alone, "billp.0") if one["id"] in SECOND_BATCH]

    def fail(prompt: str) -> None:
        if any(is_of(user, prompt) for user in users):
            raise Gone("not now")

    with monkeypatch.context() as patch:
        patch.setattr(CHAT_MODEL, moody(fail))
        done = compare(folder, *chosen)
        assert compare(folder, *chosen).code == 3
    assert done.code == 3
    said = "every episode of billp, seed 0, train, batch 2 failed, the last with Gone (not now)"
    assert f"stopped: {said}; 5 episodes are kept in" in done.out
    assert "billp: 2 of 4 training episodes failed and taught nothing (Gone 2)\n" in done.out
    assert Cell(folder / "cells" / "billp.0").committed("train") == {1}
    assert {one["phase"] for one in records(folder, "billp.0")} == {"train"}

    assert compare(folder, *chosen).code == 0
    assert summary(folder) == summary(alone)
    assert journals(folder) == journals(alone)


def test_an_evaluation_of_failures_alone_is_no_success(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: str) -> None:
        raise Gone("not now")

    folder = tmp_path / "run"
    with monkeypatch.context() as patch:
        patch.setattr(CHAT_MODEL, moody(fail))
        done = compare(folder, "--arms", "react", "--concurrency", 1)
    assert done.code == 3
    assert re.search(r"stopped: every episode of react, seed [01], frozen, batch 1 f", done.out)
    assert compare(folder, "--arms", "react").code == 0
    assert figures(folder, "react") == figures(whole, "react")


@pytest.mark.parametrize(("number", "code"), [(0, 3), (2, 0)])
def test_a_batch_of_one_that_fails_ends_the_run_only_if_nothing_went_well_before(
    number: int, code: int, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"billp/0/train/{number:04d}"
    [user] = {one["user"] for one in records(whole, "billp.0") if one["id"] == name}

    def fail(prompt: str) -> None:
        if is_of(user, prompt):
            raise Gone("too long for it")

    monkeypatch.setattr(CHAT_MODEL, moody(fail))
    done = compare(tmp_path / "run", "--arms", "billp", "--seeds", 1, "--batch", 1)
    assert done.code == code
    committed = Cell(tmp_path / "run" / "cells" / "billp.0").committed("train")
    assert committed == (set() if code else {1, 2, 3, 4})


def test_a_refused_key_stops_the_run_at_once_and_no_episode_is_blamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: str) -> None:
        raise AccessRefusedError("the server wants\nanother key")

    folder = tmp_path / "run"
    with monkeypatch.context() as patch:
        patch.setattr(CHAT_MODEL, moody(fail))
        done = compare(folder, "--arms", "react")
    assert done.code == 3
    assert "stopped: the server wants another key; 0 episodes are kept in" in done.out
    assert records(folder, "react.0") == []
    assert compare(folder, "--arms", "react").code == 0


def test_a_record_that_could_not_be_written_is_made_up_for_without_another_call(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add, added = Cell.add, list[str]()

    def no_room_for_some(cell: Cell, record: Any) -> None:
        if len(added) == 4:
            raise OutputError("cannot write episodes.jsonl (No space left on device): make room")
        added.append(record["id"])
        add(cell, record)

    folder = tmp_path / "run"
    with monkeypatch.context() as patch:
        patch.setattr(Cell, "add", no_room_for_some)
        done = compare(folder, *ARMS)
    assert (done.code, done.out.count("stopped")) == (2, 0)
    assert done.err == ("billp: cannot write episodes.jsonl (No space left on device): make room\n")
    assert compare(folder, *ARMS).code == 0
    assert summary(folder) == summary(whole)
    assert journals(folder) == journals(whole)
    assert len(calls(folder)) == len(calls(whole))


def test_what_is_no_episodes_fault_is_told_although_others_were_stopped_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[str]()

    def fail(prompt: str) -> None:
        asked.append(prompt)
        if len(asked) == 9:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(CHAT_MODEL, moody(fail, random.Random(1)))
    done = compare(tmp_path / "run", *ARMS)
    assert done.code == 2
    assert done.err == "billp: [Errno 28] No space left on device\n"
    assert all(
        not one["error"]
        for cell in ("react.0", "react.1")
        for one in records(tmp_path / "run", cell)
    )


@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(nth=st.integers(1, 200), seed=st.integers(0, 2**32))
def test_a_run_that_is_stopped_at_any_call_records_all_that_were_under_way(
    nth: int,
    seed: int,
    whole: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    begun = list[str]()

    def stop(prompt: str) -> None:
        begun.append(prompt)
        if len(begun) == nth:
            raise StoppedError("enough for today")

    folder = tmp_path_factory.mktemp("stopped") / "run"
    with monkeypatch.context() as patch:
        patch.setattr(CHAT_MODEL, moody(stop, random.Random(seed)))
        done = compare(folder, *ARMS)
    assert done.code == 3
    assert "stopped: enough for today; " in done.out
    assert len(calls(folder)) == len(begun) - 1

    assert compare(folder, *ARMS).code == 0
    assert summary(folder) == summary(whole)
    assert len(calls(folder)) == len(calls(whole))
