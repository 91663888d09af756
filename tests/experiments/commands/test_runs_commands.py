"""`billp runs list|show|diff|rm`."""

import json
import os
import pty
import re
import shutil
import tomllib
from pathlib import Path

import pytest
from filelock import FileLock

from tests.experiments.tiny_runs import billp, compare

pytestmark = pytest.mark.slow


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, played_run: Path) -> Path:
    """A home that holds the played run as `mine`."""
    home = tmp_path / "home"
    shutil.copytree(played_run, home / "runs" / "mine")
    monkeypatch.setenv("BILLP_HOME", str(home))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)
    return home


def words(text: str) -> str:
    return " ".join(text.split())


def test_list_says_what_each_run_is_and_how_far_it_came(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere" / "half"
    assert compare(other, "--arms", "react", "--seeds", "1", "--max-calls", "3").code == 3
    done = billp("runs", "list", "--json", "list.json")
    assert done.code == 0
    assert re.search(r"mine +figure4 in demo: .* 26 +finished +\d{4}-\d\d-\d\d", done.out)
    (record,) = json.loads(Path("list.json").read_text())["runs"]
    assert record["arms"] == ["billp", "react", "random"]
    assert (record["played"], record["state"], record["seeds"]) == (26, "finished", 2)
    assert "unfinished" in billp("runs", "list", "elsewhere").out
    assert max(map(len, done.out.splitlines())) <= 80


def test_list_tells_a_damaged_run_and_hides_no_other(home: Path) -> None:
    (home / "runs" / "bad").mkdir()
    (home / "runs" / "bad" / "run.json").write_text('{"settings": {}}')
    told = billp("runs", "list").out
    assert f"{home / 'runs' / 'bad' / 'run.json'} is damaged" in told
    assert "mine" in told


def test_no_runs_are_said_so(home: Path) -> None:
    shutil.rmtree(home)
    assert billp("runs", "list").out == f"no runs in {home / 'runs'} and {home / 'demo'}\n"


def test_show_tells_settings_models_world_and_figures(home: Path) -> None:
    told = words(billp("runs", "show", "mine").out)
    assert "mine: finished, 26 episodes played" in told
    assert "preset figure4 in world 'demo', chat model offline" in told
    assert "billp: 1 arm x 2 seeds x (4 episodes to learn from + 3 evaluated)" in told
    assert "world: demo, 300 users, 360 items, beta" in told
    assert "versions: python 3." in told
    assert "on the test half, learning nothing" in told


def test_show_gives_the_settings_back_as_a_file_of_options(home: Path) -> None:
    told = billp("runs", "show", "mine", "--toml").out
    assert told.startswith("# billp compare --config FILE\n")
    found = tomllib.loads(told)
    assert (found["preset"], found["arms"]) == ("figure4", ["billp", "react", "random"])
    Path("again.toml").write_text(told)
    again = billp("compare", "--config", "again.toml", "--no-report", "--out", home / "runs/mine")
    assert (again.code, again.err) == (0, "")


def test_diff_names_settings_and_means_that_differ(home: Path) -> None:
    arms = ("--arms", "random,react", "--preset", "figure3", "--rounds", "2")
    assert compare(home / "runs" / "other", *arms).code == 0
    told = words(billp("runs", "diff", "mine", "other").out)
    assert "preset: figure4 -> figure3" in told
    assert "max_rounds: 4 -> 2" in told
    assert "react frozen" in told
    assert "billp frozen" not in told
    assert billp("runs", "diff", "mine", "mine").out.startswith("the settings are the same\n")


def test_rm_asks_for_yes_where_nobody_can_be_asked(home: Path) -> None:
    run = home / "runs" / "mine"
    refused = billp("runs", "rm", "mine")
    assert (refused.code, refused.out) == (2, "")
    assert refused.err == f"billp: {run} is not removed without being asked for: add --yes\n"
    assert run.exists()
    assert billp("runs", "rm", "mine", "--yes").out == f"{run} is removed\n"
    assert not run.exists()
    assert (home / "runs").exists()


@pytest.mark.parametrize(("said", "gone"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_rm_asks_at_a_terminal(
    home: Path, said: str, gone: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = pty.openpty()
    os.write(ours, said.encode())
    with os.fdopen(theirs) as terminal:
        monkeypatch.setattr("sys.stdin", terminal)
        done = billp("runs", "rm", "mine")
    os.close(ours)
    assert "figure4 in world demo, 26 episodes, " in done.out
    assert "Remove it for good? [y/N]" in done.out
    assert (home / "runs" / "mine").exists() is not gone


def test_rm_removes_nothing_but_runs(home: Path, tmp_path: Path) -> None:
    run = home / "runs" / "mine"
    (tmp_path / "thesis").mkdir()
    assert "thesis is not a run's folder" in billp("runs", "rm", "thesis", "--yes").err
    (tmp_path / "link").symlink_to(run)
    assert (
        "is a link: name the folder that it points to" in billp("runs", "rm", "link", "--yes").err
    )
    (run / "thesis.tex").touch()
    told = billp("runs", "rm", "mine", "--yes")
    assert (told.code, told.err.count("\n")) == (2, 1)
    assert f"{run} holds files that no run wrote (thesis.tex): move them elsewhere" in told.err
    (run / "thesis.tex").unlink()
    with FileLock(run / "lock"):
        assert "is being played by another process" in billp("runs", "rm", "mine", "--yes").err
    assert (run / "run.json").exists()


def test_of_several_runs_none_is_removed_where_one_must_not_be(home: Path, tmp_path: Path) -> None:
    shutil.copytree(home / "runs" / "mine", home / "runs" / "second")
    (home / "runs" / "second" / "thesis.tex").touch()
    assert billp("runs", "rm", "mine", "second", "--yes").code == 2
    assert (home / "runs" / "mine").exists()


def test_a_name_of_a_run_that_is_none_is_refused_with_the_nearest(home: Path) -> None:
    refused = billp("runs", "show", "mien")
    assert refused.code == 2
    assert "mien is not a run's folder: it has no run.json (did you mean 'mine'?)" in refused.err
