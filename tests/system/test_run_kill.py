"""A run that is killed again and again ends as one that was left alone."""

import csv
import json
import random
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.system.processes import BIN, ROOT, environment

pytestmark = pytest.mark.system

KILLS = 5
AT_ONCE = 4
COMMAND = (
    *("compare", "--world", "demo", "--arms", "random,a2c,reflexion,billp", "--seeds", "2"),
    *("--train-episodes", "8", "--episodes", "8", "--batch", "4", "--rounds", "10"),
    *("--evaluate", "both", "--concurrency", str(AT_ONCE), "--no-report"),
)


def start(folder: Path, workers: int = 1) -> "subprocess.Popen[bytes]":
    command = [str(BIN / "billp"), *COMMAND, "--out", str(folder / "run")]
    command += ["--workers", str(workers)]
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            command, cwd=ROOT, stdout=log, stderr=log, env=environment(folder / "home")
        )


def finish(folder: Path) -> None:
    process = start(folder)
    assert process.wait(timeout=300) == 0, (folder / "log").read_text()[-3000:]


def calls(folder: Path) -> list[dict[str, str]]:
    path = folder / "run" / "calls.csv"
    if not path.exists():
        return []
    lines = path.read_text().splitlines(keepends=True)
    return list(csv.DictReader(line for line in lines if line.endswith("\n")))


def records(folder: Path) -> dict[str, Any]:
    found = {}
    for path in sorted((folder / "run" / "cells").glob("*/episodes.jsonl")):
        for line in path.read_text().splitlines():
            record = json.loads(line)
            assert record["id"] not in found, "an episode was played to its end twice"
            found[record["id"]] = record
    return found


def memories(folder: Path) -> dict[str, list[str]]:
    """What each memory's journal holds, in the order in which it was committed."""
    found = {}
    for path in sorted((folder / "run" / "cells").glob("*/*/journal.jsonl")):
        found[f"{path.parent.parent.name}/{path.parent.name}"] = path.read_text().splitlines()
    return found


def kill_in_flight(folder: Path, moments: random.Random, workers: int) -> bool:
    """Kills the run some time after it has begun to ask; False where it ended before."""
    process = start(folder, workers)
    before = len(calls(folder))
    deadline = time.monotonic() + 120
    while process.poll() is None and len(calls(folder)) == before:
        assert time.monotonic() < deadline, (folder / "log").read_text()[-3000:]
        time.sleep(0.05)
    time.sleep(moments.uniform(0.0, 1.5))
    process.send_signal(signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


def test_a_run_killed_five_times_ends_as_one_left_alone(tmp_path: Path) -> None:
    alone, killed = tmp_path / "alone", tmp_path / "killed"
    for folder in (alone, killed):
        folder.mkdir()
    finish(alone)
    moments = random.Random(7)
    kills = 0
    for number in range(KILLS):  # with one process and with two workers, in turn
        kills += kill_in_flight(killed, moments, 1 + number % 2)
    finish(killed)

    assert kills >= KILLS // 2, "the run was over before it could be killed often"
    summary = (alone / "run" / "summary.json").read_bytes()
    assert (killed / "run" / "summary.json").read_bytes() == summary
    assert records(killed) == records(alone)
    assert memories(killed) == memories(alone)
    repeated = len(calls(killed)) - len(calls(alone))
    assert 0 <= repeated <= 2 * AT_ONCE * kills, "more than the calls in flight were repeated"
