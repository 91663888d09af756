"""What a command cannot do is refused in one line, before anything is written."""

import json
import subprocess
import sys
import warnings
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from baselines import METHODS
from experiments import cli
from experiments.arguments.known_names import TRACKERS
from experiments.commands import report
from experiments.commands.early_checks import DEMO_USERS, SERVER_VARIABLES
from experiments.commands.memory import MEMORY_NAMES
from experiments.commands.reply_options import (
    LARGEST_BOUND,
    ROLES,
    USUAL_BOUNDS,
    WAYS_TO_CHOOSE,
    reply_tokens,
)
from experiments.runs.methods import (
    ARM_NOTES,
    BASELINE_NOTES,
    JUDGING_ARMS,
    LEARNING_ARMS,
    POLICY_NOTES,
)
from experiments.runs.presets import PRESET_NOTES, PRESETS
from experiments.trackers.make import DEFAULT, EXTRAS, NONE
from graph.arms import ARMS
from models import ReplyTokens, reply_length, roles, spec
from nodes import Context
from simulator import load_world
from simulator.policies import POLICIES
from stores import MEMORIES
from tests.experiments.tiny_runs import billp, compare

HEAVY = {"chromadb", "langchain_core", "langgraph", "numpy", "pydantic", "rich", "torch"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLP_HOME", str(tmp_path / "home"))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--seeds", "0"), "argument --seeds: expected a number from 1, got '0'"),
        (("--seeds", "-1"), "argument --seeds: expected a number from 1, got '-1'"),
        (("--episodes", "-5"), "argument --episodes: expected a number from 1"),
        (("--episodes", "1.5"), "argument --episodes: expected a number from 1"),
        (("--episodes", "301"), "billp: world 'demo' has 300 users: evaluate at most as many"),
        (
            ("--episodes", "250"),
            "billp: world 'demo' has 300 users, fewer than the 100 to learn from and the 250 "
            "others to evaluate: play fewer episodes, or let users be met by both (--users any, ",
        ),
        (
            ("--preset", "figure4", "--states", "201"),
            "fewer than the 100 to learn from and the 201 others to evaluate",
        ),
        (("--learning", "new"), "argument --learning: invalid choice: 'new'"),
        (("--users", "old"), "argument --users: invalid choice: 'old'"),
        (("--train-episodes", "0"), "argument --train-episodes: expected a number from 1"),
        (("--batch", "0"), "argument --batch: expected a number from 1"),
        (("--concurrency", "0"), "argument --concurrency: expected a number from 1"),
        (("--rounds", "0"), "argument --rounds: expected a number from 1"),
        (("--rounds", "2000"), "argument --rounds: expected a number from 1 to 999, got '2000'"),
        (("--temperature", "3"), "argument --temperature: expected 0 to 2, got '3'"),
        (("--choose", "titel"), "argument --choose: invalid choice: 'titel'"),
        (("--no-thinkin",), "unknown option '--no-thinkin': did you mean '--no-thinking'?"),
        (
            ("--reply-tokens", "actr=96"),
            "argument --reply-tokens: unknown role 'actr': did you mean 'actor'?",
        ),
        (
            ("--reply-tokens", "actor=0"),
            "argument --reply-tokens: actor: expected a number from 1 to 1000000, got '0'",
        ),
        (
            ("--reply-tokens", "1000001"),
            "argument --reply-tokens: expected a number from 1 to 1000000, got '1000001'",
        ),
        (
            ("--reply-tokens", "actor=9,critic"),
            "--reply-tokens: expected ROLE=NUMBER with commas between them, or one number, got 'cr",
        ),
        (("--reply-tokens", "actor=9,actor=8"), "--reply-tokens: actor is given twice"),
        (("--reply-tokens", ""), "argument --reply-tokens: expected ROLE=NUMBER"),
        (("--max-calls", "0"), "argument --max-calls: expected a number from 1"),
        (("--max-money", "-1"), "argument --max-money: expected an amount above 0, got '-1'"),
        (("--max-money", "nan"), "argument --max-money: expected an amount above 0"),
        (("--max-errors", "-1"), "argument --max-errors: expected a number from 0 to"),
        (("--arms", ""), "argument --arms: expected a name, or several"),
        (("--arms", ","), "argument --arms: expected a name, or several"),
        (("--arms", "bilp"), "argument --arms: unknown arm 'bilp': did you mean 'billp'?"),
        (("--preset", "table4"), "argument --preset: unknown preset 'table4': did you mean 'table"),
        (("--world", "demmo"), "argument --world: unknown world 'demmo': did you mean 'demo'?"),
        (
            ("--model", "ofline"),
            "argument --model: unknown model 'ofline': did you mean 'offline'?",
        ),
        (("--model", "openai:x"), "billp: model 'openai:x' needs a key"),
        (("--model", "offline,openai:x"), "billp: preset 'table3' takes one --model"),
        (("--model", "scripted:nowhere"), "argument --model: script nowhere cannot be read"),
        (("--base-url", "http://me:s3cret@x/v1"), "argument --base-url: an address must hold"),
        (("--base-url", "http://x/v1?api_key=s3cret"), "argument --base-url: an address must hold"),
        (("--base-url", "x/v1"), "argument --base-url: 'x/v1' does not begin with http://"),
        (("--preset", "figure4", "--arms", "react"), "billp: preset 'figure4' studies a Critic"),
        (("--prices", "nowhere.toml"), "argument --prices: nowhere.toml cannot be read"),
        (("--json", "no/where.json"), "argument --json: cannot write no/where.json: name a file"),
        (("--evaluate", "later"), "argument --evaluate: invalid choice: 'later'"),
        (("--sedes", "3"), "unknown option '--sedes': did you mean '--seeds'?"),
        (("--sedes=3",), "unknown option '--sedes': did you mean '--seeds'?"),
        (("extra",), "unexpected argument 'extra'"),
        (("--config", "nowhere.toml"), "config file nowhere.toml cannot be read"),
        (
            ("--no-such-option",),
            "unknown option '--no-such-option' (`billp compare --help` tells more)",
        ),
    ],
    ids=lambda case: " ".join(case) if isinstance(case, tuple) else "",
)
def test_what_cannot_be_played_is_refused_in_one_line_and_nothing_is_written(
    arguments: tuple[str, ...], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = billp("compare", "--out", "run", *arguments)
    assert (done.code, done.out) == (2, "")
    (line,) = done.err.splitlines()
    assert told in line
    assert "s3cret" not in done.err
    assert "Traceback" not in done.err
    assert list(tmp_path.iterdir()) == []


def test_a_cache_that_is_none_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "replies.sqlite"
    other.write_text("not a database, but long enough to be looked at as if it were one")
    done = compare(tmp_path / "run", "--arms", "react", "--cache", other)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert f"{other} is no reply cache" in done.err


def test_what_stands_in_a_file_cannot_steer_the_terminal(tmp_path: Path) -> None:
    world = tmp_path / "world"
    world.mkdir()
    (world / "world.json").write_text('{"schema": "\\u001b[2J\\u001b]0;owned\\u0007"}')
    done = billp("compare", "--world", world, "--out", tmp_path / "run")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "\x1b" not in done.err


def test_a_warning_is_one_line_without_control_characters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def warn(_: object) -> int:
        warnings.warn("a\x1b[2Jb\nc", stacklevel=1)
        return 0

    monkeypatch.setattr(report, "run", warn)
    (tmp_path / "run.json").touch()
    assert billp("report", tmp_path).err == "billp: a [2Jb c\n"


def test_ctrl_c_while_commands_are_loaded_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "parser", interrupted)
    done = billp("compare")
    assert (done.code, done.err) == (130, "billp: interrupted\n")


def loaded_by(*commands: str) -> set[str]:
    """The modules that a process has loaded once it has refused all of these commands."""
    code = (
        "import sys\nfrom experiments.cli import main\n"
        "for command in sys.argv[1:]:\n"
        "    try:\n        assert main(command.split()) == 2, command\n"
        "    except SystemExit as left:\n        assert left.code == 2, command\n"
        "print(*sys.modules)"
    )
    command = [sys.executable, "-c", code, *commands]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert len(done.stderr.splitlines()) == len(commands), done.stderr
    return set(done.stdout.split())


def test_the_entry_point_loads_nothing_heavy_outside_what_answers_ctrl_c() -> None:
    code = "import sys, experiments.cli; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "experiments.cli" in loaded
    assert not loaded & HEAVY


def test_what_is_wrong_is_refused_before_anything_heavy_is_loaded() -> None:
    loaded = loaded_by(
        "comapre",
        "compare --sedes 3",
        "compare --preset table4",
        "compare --arms bilp",
        "compare --world demmo",
        "compare --model ofline",
        "compare --model openai:x",
        "compare --model scripted:nowhere",
        "compare --base-url http://me:secret@x/v1",
        "compare --preset figure4 --arms react",
        "compare --episodes 301",
        "compare --episodes 250",
        "compare --reply-tokens actr=96",
        "compare --config nowhere.toml",
        "estimate --seeds 0",
        "train --arm react",
        "train --episodes 301",
        "evaluate nowhere",
        "demo --users 301",
        "demo --users 290",
        "report nowhere",
        "runs show nowhere",
        "runs diff nowhere nowhere",
        "runs rm nowhere",
        "runs list nowhere",
        "play --arm bilp",
        "play --thread ../elsewhere",
        "play --choose titel",
        "memory shw",
        "memory show nowhere",
        "memory list nowhere",
    )
    assert "experiments.arguments.parser" in loaded
    assert not loaded & HEAVY


def test_a_demo_names_no_option_that_it_lacks() -> None:
    refused = billp("demo", "--users", "290")
    assert refused.code == 2
    assert refused.err == (
        "billp: world 'demo' has 300 users, fewer than the 24 to learn from and the 290 others to "
        "evaluate: play fewer episodes\n"
    )


def test_an_unknown_price_and_an_untrained_run_are_refused_as_early(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "any")
    runs = (
        ("untrained", "random", None),
        ("evaluated", "random", "elsewhere"),
        ("own", "billp", None),
    )
    for name, method, trained in runs:
        (tmp_path / name).mkdir()
        variants = [{"method": method, "own": None}]
        run = {"settings": {"trained": trained, "variants": variants}}
        (tmp_path / name / "run.json").write_text(json.dumps(run))
    loaded = loaded_by(
        "compare --arms react --model openai:nope --max-money 3",
        "train --model openai:nope --max-money 3",
        f"evaluate {tmp_path / 'untrained'}",
        f"evaluate {tmp_path / 'evaluated'}",
        f"evaluate {tmp_path / 'own'} --model openai:nope --max-money 3",
    )
    assert not loaded & HEAVY


@pytest.mark.parametrize("word", ["comapre", "Compare", "complete"])
def test_a_command_that_is_none_is_refused_with_the_nearest(word: str) -> None:
    done = billp(word, "--seeds", "0")
    assert (done.code, done.out) == (2, "")
    assert done.err == f"billp: unknown command {word!r}: did you mean 'compare'?\n"


def test_the_names_that_are_known_without_loading_are_those_that_there_are() -> None:
    assert set(ARM_NOTES) == set(ARMS)
    assert list(POLICY_NOTES) == list(POLICIES)
    assert list(BASELINE_NOTES) == list(METHODS)
    assert set(LEARNING_ARMS) == {n for n, arm in ARMS.items() if arm.reflects or arm.criticises}
    assert set(JUDGING_ARMS) == {name for name, arm in ARMS.items() if arm.criticises}
    assert load_world("demo").users == DEMO_USERS
    assert set(PRESET_NOTES) == set(PRESETS)
    assert MEMORY_NAMES == MEMORIES
    assert (*DEFAULT, *EXTRAS, NONE) == TRACKERS
    assert SERVER_VARIABLES == spec.SERVER_VARIABLES
    assert (ROLES, LARGEST_BOUND) == (roles.ROLES, reply_length.LARGEST_BOUND)
    assert str(ReplyTokens()) == USUAL_BOUNDS
    assert ReplyTokens(**reply_tokens(USUAL_BOUNDS)) == ReplyTokens()
    assert get_args(get_type_hints(Context)["choose"]) == WAYS_TO_CHOOSE
