"""Baselines as arms of a run: trained within a budget, resumed, told about, refused in words."""

import json
from pathlib import Path
from typing import Any

import pytest

from experiments.cli import main
from tests.experiments.tiny_runs import records

SMALL = (
    *("compare", "--world", "demo", "--seeds", "1", "--episodes", "12", "--rounds", "15"),
    *("--transitions", "2000", "--updates", "20", "--no-report"),
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BILLP_HOME", str(tmp_path / "home"))
    return tmp_path


def compare(home: Path, *more: str) -> int:
    return main([*SMALL, "--out", str(home / "run"), *more])


def summary(home: Path) -> Any:
    return json.loads((home / "run" / "summary.json").read_bytes())


def test_all_seven_meet_the_same_users_as_the_policies(home: Path) -> None:
    names = ["random", "sqn", "crr", "bcq", "cql", "dqn", "a2c", "dorl"]
    assert compare(home, "--arms", ",".join(names)) == 0
    users = {
        name: [record["user"] for record in records(home / "run", f"{name}.0")] for name in names
    }
    assert len(users["random"]) == 12
    assert all(met == users["random"] for met in users.values())


def test_budget_data_and_curve_stand_in_the_summary(home: Path) -> None:
    assert compare(home, "--arms", "a2c,cql") == 0
    online, offline = (summary(home)["variants"][name]["curves"][0] for name in ("a2c", "cql"))
    assert (online["online"], online["budget"]) == (True, 2000)
    assert (offline["online"], offline["budget"]) == (False, 20 * 256)
    for curve in (online, offline):
        assert 0 < curve["data"] <= curve["budget"]
        assert [data for data, _ in curve["curve"]] == sorted(data for data, _ in curve["curve"])


def test_a_finished_training_is_not_repeated(home: Path) -> None:
    assert compare(home, "--arms", "dqn") == 0
    agent = home / "run" / "cells" / "dqn.0" / "agent.safetensors"
    before = agent.stat().st_mtime_ns
    first = (home / "run" / "summary.json").read_bytes()
    (home / "run" / "cells" / "dqn.0" / "episodes.jsonl").unlink()
    assert compare(home, "--arms", "dqn") == 0
    assert agent.stat().st_mtime_ns == before
    assert (home / "run" / "summary.json").read_bytes() == first


def test_sampled_and_greedy_are_arms_of_their_own(home: Path) -> None:
    assert compare(home, "--arms", "a2c,a2c-sampled") == 0
    played = [
        [
            [step["item"] for step in record["steps"]]
            for record in records(home / "run", f"{name}.0")
        ]
        for name in ("a2c", "a2c-sampled")
    ]
    assert played[0] != played[1]


def test_a_device_that_is_not_there_ends_in_one_line(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compare(home, "--arms", "dqn", "--device", "cuda:7") == 2
    told = capsys.readouterr().err.strip()
    assert "'cuda:7'" in told
    assert "use 'cpu'" in told
    assert len(told.splitlines()) == 1


def test_a_misspelt_method_is_told_the_nearest(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        compare(home, "--arms", "doorl")
    assert "did you mean 'dorl'?" in capsys.readouterr().err
