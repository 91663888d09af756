"""An episode that is killed goes on where it was, and ends as if nothing had happened."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.system.processes import ROOT

pytestmark = pytest.mark.system


def play(folder: Path, kill_before_call: int) -> "subprocess.CompletedProcess[str]":
    """Plays, or goes on with, the one episode of a folder."""
    arguments = [str(folder / "checkpoints.sqlite"), str(folder / "memory"), str(kill_before_call)]
    return subprocess.run(
        [sys.executable, "-m", "tests.system.interrupted", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def outcome(finished: "subprocess.CompletedProcess[str]") -> Any:
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)


def test_an_episode_killed_three_times_equals_an_uninterrupted_one(tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    killed = tmp_path / "killed"
    whole.mkdir()
    killed.mkdir()
    expected = outcome(play(whole, kill_before_call=-1))
    for calls in (3, 8, 7):
        assert play(killed, calls).returncode == -signal.SIGKILL
    assert outcome(play(killed, kill_before_call=-1)) == expected
