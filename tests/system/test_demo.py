"""`billp demo` as a user runs it, and the README's examples as they are written."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.system.processes import BIN, ROOT, free_port

pytestmark = pytest.mark.system

ARMS = {"act-only", "react", "reflexion", "billp", "billp-no-macro", "billp-no-micro"}
SHORT = ("--users", "4", "--train-episodes", "2", "--rounds", "6")


def billp(*arguments: str, home: Path, **env: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(BIN / "billp"), *arguments],
        cwd=home,
        env={**os.environ, "BILLP_HOME": str(home / "billp"), **env},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Any]:
    """What a short demo printed, and what it wrote for programs."""
    home = tmp_path_factory.mktemp("demo")
    done = billp("demo", *SHORT, "--json", str(home / "figures.json"), home=home)
    assert done.returncode == 0, done.stderr
    return done.stdout, json.loads((home / "figures.json").read_text())


def test_the_table_says_which_chat_model_made_it(demo: tuple[str, Any]) -> None:
    printed, figures = demo
    assert "chat model 'offline'" in printed
    assert {figures["arms"][arm]["chat_model"] for arm in ARMS} == {"offline"}
    assert figures["arms"]["random (no model)"]["chat_model"] is None


def test_every_arm_and_a_random_policy_met_the_same_users(demo: tuple[str, Any]) -> None:
    figures = demo[1]
    assert set(figures["arms"]) == {*ARMS, "random (no model)"}
    assert {arm["sessions"] for arm in figures["arms"].values()} == {len(set(figures["users"]))}


def test_the_printed_figures_are_those_written(demo: tuple[str, Any]) -> None:
    printed, figures = demo
    for arm in figures["arms"].values():
        assert f"{arm['r_traj']['mean']:.2f} ±" in printed


def test_one_episode_is_told_step_by_step(demo: tuple[str, Any]) -> None:
    printed, figures = demo
    for step in figures["episode"]["steps"]:
        assert step["item"] in printed
    assert "paid off" in printed
    assert figures["episode"]["reflection"][:30] in printed


def test_what_was_written_is_where_it_says(demo: tuple[str, Any]) -> None:
    printed, figures = demo
    folder = Path(figures["written_to"])
    assert str(folder) in printed
    records = [json.loads(line) for line in (folder / "episodes.jsonl").read_text().splitlines()]
    assert {record["arm"] for record in records} == ARMS
    assert (folder / "memory" / "billp" / "journal.jsonl").exists()


def test_the_same_seed_gives_the_same_figures(demo: tuple[str, Any], tmp_path: Path) -> None:
    done = billp("demo", *SHORT, "--json", str(tmp_path / "again.json"), home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "again.json").read_text())["arms"] == demo[1]["arms"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--model", "ofline"], "billp: unknown model 'ofline': did you mean 'offline'?"),
        (["--model", "openai:any"], "billp: model 'openai:any' needs a key"),
        (["--model", "scripted:nowhere.jsonl"], "billp: script nowhere.jsonl cannot be read"),
        (["--out", "/dev/null/x"], "billp: cannot write to /dev/null/x"),
        (["--users", "0"], "expected a number from 1, got '0'"),
        (["--rounds", "2000"], "billp: max_rounds: Input should be less than or equal to 1000"),
        (["--seed", "-1"], "expected 0 to 2147483647, got '-1'"),
        (["--users", "301"], "world 'demo' has 300 users"),
    ],
)
def test_what_the_user_can_cause_ends_in_one_line(
    arguments: list[str], message: str, tmp_path: Path
) -> None:
    done = billp("demo", *arguments, home=tmp_path, OPENAI_API_KEY="", OPENAI_BASE_URL="")
    assert done.returncode == 2
    assert message in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_a_chat_server_that_is_not_there_ends_in_one_line(tmp_path: Path) -> None:
    address = f"http://127.0.0.1:{free_port()}/v1"
    done = billp("demo", *SHORT, "--model", "openai:x", "--base-url", address, home=tmp_path)
    assert done.returncode == 2
    assert "is it running, and is the address right?" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


EXAMPLES = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
PYTHON_EXAMPLES = [example for example in EXAMPLES if "langgraph_sdk" not in example]


@pytest.mark.parametrize("example", PYTHON_EXAMPLES, ids=range(len(PYTHON_EXAMPLES)))
def test_the_python_examples_of_the_readme_run_as_written(example: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", example],
        cwd=tmp_path,
        env={**os.environ, "BILLP_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) >= 2


def test_the_make_targets_of_the_readme_exist() -> None:
    named = set(re.findall(r"[$`] ?make ([a-z]+)\b", (ROOT / "README.md").read_text()))
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {"demo", "test"} <= named <= targets
