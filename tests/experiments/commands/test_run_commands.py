"""`billp compare|train|evaluate`: limits, caches, folders, and refusals in one line."""

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.experiments.tiny_runs import (
    SMALL,
    billp,
    calls,
    change_world,
    compare,
    figures,
    journals,
    records,
    summary,
)

pytestmark = pytest.mark.slow

ARMS = ("--arms", "random,react,billp")
ONE_SEED = ("--seeds", "1")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A comparison without limits."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    assert compare(folder, *ARMS).code == 0
    return folder


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BILLP_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_a_comparison_says_what_it_played_and_where_it_is(whole: Path) -> None:
    done = compare(whole, *ARMS)
    assert "billp, seed 1, train: 4 episodes" in done.out
    assert "random, seed 0, frozen: 3 episodes" in done.out
    assert "chat model" in done.out
    assert "'offline' is a rule-based stand-in" in " ".join(done.out.split())
    assert done.out.endswith(f"Everything is in {whole}\n")
    assert done.err == ""


def test_the_summary_is_written_for_programs_too(whole: Path, tmp_path: Path) -> None:
    assert compare(whole, *ARMS, "--json", tmp_path / "copy.json").code == 0
    assert (tmp_path / "copy.json").read_bytes() == summary(whole)


def test_output_without_a_terminal_is_plain_lines(whole: Path) -> None:
    out = compare(whole, *ARMS).out
    assert re.sub(r"[^\x00-\x1f\x7f-\x9f]", "", out).strip("\n") == ""


@pytest.mark.parametrize("limit", [0, 1, 37, 90])
def test_a_limit_on_calls_is_kept_and_the_run_goes_on_with_a_higher_one(
    limit: int, whole: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    for more in (limit, limit + 25):
        done = compare(folder, *ARMS, "--max-calls", max(more, 1))
        assert done.code == 3
        assert len(calls(folder)) == max(more, 1)
        assert f"stopped: the limit of {max(more, 1)} calls is reached" in done.out
        assert "give the same command again with a higher limit" in done.out
        assert f"episodes are kept in {folder}" in done.out
    assert compare(folder, *ARMS).code == 0
    assert summary(folder) == summary(whole)
    assert len(calls(folder)) == len(calls(whole))


def test_a_run_that_was_stopped_has_a_summary_of_what_was_played(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    assert compare(folder, "--arms", "random,react", *ONE_SEED, "--max-calls", 3).code == 3
    assert figures(folder, "random")["episodes"] == 3


def test_a_limit_on_tokens_stops_the_run(whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    done = compare(folder, *ARMS, "--max-tokens", 5000, "--concurrency", 1)
    assert done.code == 3
    assert "the limit of 5000 tokens is reached" in done.out
    used = [int(call["input"]) + int(call["output"]) for call in calls(folder)]
    assert 0 < sum(used) <= 5000
    assert re.search(r"\(\d+ used, (\d+ in flight, )?the next call may need \d+\)", done.out)
    assert compare(folder, *ARMS).code == 0
    assert summary(folder) == summary(whole)


def test_a_limit_on_money_stops_the_run_and_needs_a_known_price(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    folder, table = tmp_path / "run", tmp_path / "prices.toml"
    limited = ("--arms", "react", *ONE_SEED, "--max-money", "0.5", "--prices", table)
    table.write_text("")
    done = compare(folder, *limited, "--model", "openai:unheard-of")
    assert done.code == 2
    assert "a limit of 0.5 USD cannot be kept: the price of 'openai:unheard-of'" in done.err
    assert not folder.exists()

    table.write_text('["offline"]\ninput = 200\ncached = 0\noutput = 0\n')
    done = compare(folder, *limited)
    assert done.code == 3
    assert "stopped: the limit of 0.5 USD is reached (0." in done.out
    spent = sum(int(call["input"]) for call in calls(folder)) * 200 / 1e6
    assert 0 < spent <= 0.5


def test_a_second_run_with_the_same_cache_asks_nobody(whole: Path, tmp_path: Path) -> None:
    cache = ("--cache", tmp_path / "replies.sqlite")
    assert compare(tmp_path / "first", *ARMS, *cache).code == 0
    again = compare(tmp_path / "second", *ARMS, *cache, "--max-calls", 1)
    assert again.code == 0
    assert "Paid in this folder: $0.0000 for 0 calls; the cache gave other replies" in again.out
    assert 0 < len(calls(tmp_path / "first")) <= len(calls(whole))
    assert calls(tmp_path / "second") == []
    assert summary(tmp_path / "first") == summary(tmp_path / "second") == summary(whole)


def test_the_same_command_without_a_folder_finds_the_run_again(home: Path) -> None:
    command = ("compare", *SMALL, "--arms", "react", *ONE_SEED)
    assert billp(*command).code == 0
    [folder] = (home / "runs").iterdir()
    before = (folder / "calls.csv").read_bytes()
    assert billp(*command, "--concurrency", 3).code == 0
    assert list((home / "runs").iterdir()) == [folder]
    assert (folder / "calls.csv").read_bytes() == before
    assert billp(*command, "--rounds", 3).code == 0
    assert len(list((home / "runs").iterdir())) == 2


def test_other_settings_for_a_folder_are_refused_in_one_line(whole: Path) -> None:
    before = summary(whole)
    done = compare(whole, *ARMS, "--rounds", 9, "--arms", "random,billp")
    assert done.code == 2
    assert done.err.startswith(f"billp: {whole} was begun with other settings: ")
    assert "variants: random, react, billp -> random, billp; max_rounds: 4 -> 9" in done.err
    assert done.err.count("\n") == 1
    assert summary(whole) == before


def test_a_run_in_a_world_that_changed_since_is_refused(whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(whole, folder)
    change_world(folder)
    done = compare(folder, *ARMS)
    assert done.code == 2
    assert "world 'demo' has changed since then (digest 0123abcd -> " in done.err


def test_a_report_without_figures_of_a_world_that_changed_since_is_refused(
    whole: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    shutil.copytree(whole, folder)
    change_world(folder)
    (folder / "summary.json").unlink()
    done = billp("report", folder)
    assert done.code == 2
    assert f"{folder} has no summary.json, and world 'demo' has changed since" in done.err
    assert not (folder / "report.html").exists()


def test_a_damaged_record_is_refused_by_file_and_line_and_can_be_mended(
    whole: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    shutil.copytree(whole, folder)
    path = folder / "cells" / "react.0" / "episodes.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([lines[0][:20] + "\n", *lines[1:]]))
    done = compare(folder, *ARMS)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert f"{path} line 1 is damaged: delete that line" in done.err

    path.write_text("".join(lines[1:]))
    assert compare(folder, *ARMS).code == 0
    assert summary(folder) == summary(whole)


def test_a_frozen_evaluation_leaves_what_was_learned_as_it_is(tmp_path: Path) -> None:
    folder, arms = tmp_path / "run", ("--arms", "billp", *ONE_SEED)
    assert compare(tmp_path / "once", *arms).code == 0
    training = (one for one in records(tmp_path / "once", "billp.0") if one["phase"] == "train")
    asked = sum(usage["calls"] for one in training for usage in one["usage"])
    assert compare(folder, *arms, "--max-calls", asked).code == 3
    learned = journals(folder)
    assert compare(folder, *arms).code == 0
    assert journals(folder) == learned == journals(tmp_path / "once")
    assert list(learned) == ["cells/billp.0/memory/journal.jsonl"]


def test_several_chat_models_are_compared_under_table6(tmp_path: Path) -> None:
    script = tmp_path / "replies.jsonl"
    replies = {"planner": "Next: Puzzle.", "actor": "recommend[Lunar Vault]"}
    script.write_text(
        "".join(json.dumps({"role": role, "reply": said}) + "\n" for role, said in replies.items())
    )
    models = f"offline,scripted:{script}"
    arms = ("--preset", "table6", "--arms", "react", *ONE_SEED)
    done = compare(tmp_path / "run", *arms, "--model", models)
    assert done.code == 0, done.err
    told = json.loads(summary(tmp_path / "run"))["variants"]
    assert [one["model"] for one in told.values()] == models.split(",")


def test_every_window_of_figure5_is_played_by_its_own_rule(tmp_path: Path) -> None:
    arms = ("--preset", "figure5", "--arms", "greedy", "--episodes", 60, "--rounds", 30)
    assert compare(tmp_path / "run", *arms).code == 0
    lengths = [figures(tmp_path / "run", f"greedy W={w}")["len"]["mean"] for w in range(2, 9)]
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[0] > lengths[-1]


def test_a_script_that_lacks_a_role_ends_the_run_in_one_line(tmp_path: Path) -> None:
    script = tmp_path / "replies.jsonl"
    script.write_text('{"role": "planner", "reply": "Next: Puzzle."}\n')
    done = compare(tmp_path / "run", "--arms", "react", "--model", f"scripted:{script}")
    assert done.code == 2
    assert "has no reply for role 'actor'" in done.err
    assert records(tmp_path / "run", "react.0") == []
