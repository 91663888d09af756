"""What a command cannot do is refused in one line, before anything is written."""

import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from experiments import cli
from experiments.commands import report
from tests.experiments.tiny_runs import billp, compare


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE", "BILLP_PRICES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BILLP_HOME", str(tmp_path / "home"))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--seeds", "0"), "argument --seeds: expected a number from 1, got '0'"),
        (("--seeds", "-1"), "argument --seeds: expected a number from 1, got '-1'"),
        (("--episodes", "-5"), "argument --episodes: expected a number from 1"),
        (("--episodes", "1.5"), "argument --episodes: expected a number from 1"),
        (("--episodes", "301"), "billp: world 'demo' has 300 users: evaluate at most as many"),
        (("--train-episodes", "0"), "argument --train-episodes: expected a number from 1"),
        (("--batch", "0"), "argument --batch: expected a number from 1"),
        (("--concurrency", "0"), "argument --concurrency: expected a number from 1"),
        (("--rounds", "0"), "argument --rounds: expected a number from 1"),
        (("--rounds", "2000"), "billp: max_rounds: Input should be less than or equal to 1000"),
        (("--arms", "random", "--rounds", "2000"), "billp: max_rounds: Input should be less"),
        (("--temperature", "3"), "argument --temperature: expected 0 to 2, got '3'"),
        (("--max-calls", "0"), "argument --max-calls: expected a number from 1"),
        (("--max-money", "-1"), "argument --max-money: expected an amount above 0, got '-1'"),
        (("--max-money", "nan"), "argument --max-money: expected an amount above 0"),
        (("--max-errors", "-1"), "argument --max-errors: expected 0 to"),
        (("--arms", ""), "argument --arms: expected a name, or several"),
        (("--arms", ","), "argument --arms: expected a name, or several"),
        (("--arms", "bilp"), "billp: unknown arm 'bilp': did you mean 'billp'?"),
        (("--preset", "table4"), "argument --preset: invalid choice: 'table4'"),
        (("--world", "demmo"), "billp: unknown world 'demmo': did you mean 'demo'?"),
        (("--model", "ofline"), "billp: unknown model 'ofline': did you mean 'offline'?"),
        (("--model", "openai:x"), "billp: model 'openai:x' needs a key"),
        (("--model", "offline,openai:x"), "billp: preset 'table3' takes one --model"),
        (("--model", "scripted:nowhere"), "billp: script nowhere cannot be read"),
        (
            ("--base-url", "http://me:s3cret@x/v1"),
            "billp: base_url of http://x/v1 must hold neither",
        ),
        (("--base-url", "http://x/v1?api_key=s3cret"), "billp: base_url of http://x/v1 must hold"),
        (("--preset", "figure4", "--arms", "react"), "billp: preset 'figure4' studies a Critic"),
        (("--prices", "nowhere.toml"), "billp: price table nowhere.toml cannot be read"),
        (("--json", "no/where.json"), "billp: cannot write no/where.json: name a file"),
        (("--evaluate", "later"), "argument --evaluate: invalid choice: 'later'"),
        (("--no-such-option",), "unrecognized arguments: --no-such-option"),
    ],
    ids=lambda case: " ".join(case) if isinstance(case, tuple) else "",
)
def test_what_cannot_be_played_is_refused_in_one_line_and_nothing_is_written(
    arguments: tuple[str, ...], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = billp("compare", "--out", "run", *arguments)
    assert (done.code, done.out) == (2, "")
    assert told in done.err.splitlines()[-1]
    assert "s3cret" not in done.err
    assert "Traceback" not in done.err
    assert list(tmp_path.iterdir()) == []


def test_a_cache_that_is_none_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "replies.sqlite"
    other.write_text("not a database, but long enough to be looked at as if it were one")
    done = compare(tmp_path / "run", "--arms", "react", "--cache", other)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert f"{other} is damaged" in done.err


def test_what_stands_in_a_file_cannot_steer_the_terminal(tmp_path: Path) -> None:
    world = tmp_path / "world"
    world.mkdir()
    (world / "world.json").write_text('{"schema": "\\u001b[2J\\u001b]0;owned\\u0007"}')
    done = billp("compare", "--world", world, "--out", tmp_path / "run")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "\x1b" not in done.err


def test_a_warning_is_one_line_without_control_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    def warn(_: object) -> int:
        warnings.warn("a\x1b[2Jb\nc", stacklevel=1)
        return 0

    monkeypatch.setattr(report, "run", warn)
    assert billp("report", "run").err == "billp: a [2Jb c\n"


def test_ctrl_c_while_commands_are_loaded_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "parser", interrupted)
    done = billp("compare")
    assert (done.code, done.err) == (130, "billp: interrupted\n")


def test_the_entry_point_loads_nothing_heavy_outside_what_answers_ctrl_c() -> None:
    code = "import sys, experiments.cli; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "experiments.cli" in loaded
    assert not loaded & {"chromadb", "langchain_core", "pydantic", "rich", "numpy", "torch"}
