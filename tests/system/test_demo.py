"""`billp demo` as a user runs it, and the README's examples as they are written."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from experiments.cli import main
from tests.system.processes import BIN, PATIENCE, ROOT, free_port

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


@dataclass(frozen=True)
class Demo:
    """What a short demo printed, where it was played, and what it wrote for programs."""

    printed: str
    folder: Path
    summary: Any

    def records(self, arm: str) -> list[dict[str, Any]]:
        path = self.folder / "cells" / f"{arm}.0" / "episodes.jsonl"
        records = [json.loads(line) for line in path.read_text().splitlines()]
        return [record for record in records if record["phase"] == "frozen"]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    home = tmp_path_factory.mktemp("demo")
    done = billp("demo", *SHORT, "--json", str(home / "summary.json"), home=home)
    assert done.returncode == 0, done.stderr
    folder = home / "billp" / "demo" / "001"
    return Demo(done.stdout, folder, json.loads((home / "summary.json").read_text()))


def test_the_table_says_which_chat_model_made_it(demo: Demo) -> None:
    variants = demo.summary["variants"]
    assert re.search(r"│ billp +│ offline +│", demo.printed)
    assert {variants[arm]["model"] for arm in ARMS} == {"offline"}
    assert variants["random"]["model"] is None


def test_every_arm_and_the_random_policies_met_the_same_users(demo: Demo) -> None:
    methods = (*ARMS, "random", "offered-random")
    assert set(demo.summary["variants"]) == set(methods)
    met = [sorted(one["user"] for one in demo.records(arm)) for arm in methods]
    assert len(set(met[0])) == 4
    assert all(users == met[0] for users in met)


def test_the_printed_figures_are_those_written(demo: Demo) -> None:
    for variant in demo.summary["variants"].values():
        assert f"{variant['phases']['frozen']['r_traj']['mean']:.2f} [" in demo.printed


def test_one_episode_is_told_step_by_step(demo: Demo) -> None:
    user = re.search(r"One episode of BiLLP: user (\d+)", demo.printed)
    assert user
    [told] = [one for one in demo.records("billp") if one["user"] == int(user[1])]
    for step in told["steps"]:
        assert step["item"] in demo.printed
    assert "paid off" in demo.printed
    assert told["reflection"][:30] in demo.printed


def test_it_is_a_run_whose_page_it_names_last(demo: Demo, tmp_path: Path) -> None:
    page = demo.folder / "report.html"
    assert demo.printed.splitlines()[-1] == f"Report: {page}"
    assert demo.summary == json.loads((demo.folder / "summary.json").read_text())
    assert (demo.folder / "cells" / "billp.0" / "memory" / "journal.jsonl").exists()
    page.unlink()
    assert billp("report", str(demo.folder), home=tmp_path).returncode == 0
    assert page.exists()


def test_a_demo_that_was_cut_off_says_how_to_go_on_and_ends_as_one_left_alone(
    demo: Demo, tmp_path: Path
) -> None:
    folder, log = tmp_path / "billp" / "demo" / "001", tmp_path / "log"
    environment = {**os.environ, "BILLP_HOME": str(tmp_path / "billp")}
    with log.open("wb") as out:
        process = subprocess.Popen(
            [str(BIN / "billp"), "demo", *SHORT], stdout=out, stderr=out, env=environment
        )
    deadline = time.monotonic() + PATIENCE
    while not (folder / "cells" / "react.0" / "episodes.jsonl").exists():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE) == 130
    assert log.read_text().count(f"--out {folder} to go on") == 2

    done = billp("demo", *SHORT, "--out", str(folder), home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads((folder / "summary.json").read_text()) == demo.summary


def test_without_the_extra_it_ends_well_and_says_how_to_install_it(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['altair'] = None\n")
    done = billp(
        *("demo", "--users", "1", "--train-episodes", "1", "--rounds", "1"),
        home=tmp_path,
        PYTHONPATH=os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]),
    )
    assert done.returncode == 0, done.stderr
    assert re.match(
        r"No report: .* -m pip install -e '\.\[report\]'$", done.stdout.splitlines()[-1]
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--model", "ofline"], "unknown model 'ofline': did you mean 'offline'?"),
        (["--model", "openai:any"], "billp: model 'openai:any' needs a key"),
        (["--model", "scripted:nowhere.jsonl"], "script nowhere.jsonl cannot be read"),
        (["--out", "/dev/null/x"], "billp: cannot write to /dev/null/x"),
        (["--users", "0"], "expected a number from 1, got '0'"),
        (["--rounds", "2000"], "--rounds: expected a number from 1 to 999, got '2000'"),
        (["--seed", "-1"], "expected a number from 0 to 2147483647, got '-1'"),
        (["--users", "301"], "world 'demo' has 300 users"),
    ],
)
def test_what_the_user_can_cause_ends_in_one_line(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("BILLP_HOME", str(tmp_path))
    try:
        code: Any = main(["demo", *arguments])
    except SystemExit as stopped:
        code = stopped.code
    assert code == 2
    assert message in capsys.readouterr().err.splitlines()[-1]


def test_a_chat_server_that_is_not_there_ends_in_one_line(tmp_path: Path) -> None:
    address = f"http://127.0.0.1:{free_port()}/v1"
    done = billp("demo", *SHORT, "--model", "openai:x", "--base-url", address, home=tmp_path)
    assert done.returncode == 3
    assert "is it running, and is the address right?" in done.stdout.splitlines()[-1]
    assert "Traceback" not in done.stderr


EXAMPLES = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
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
