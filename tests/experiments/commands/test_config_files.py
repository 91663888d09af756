"""`--config run.toml`: options from a file, and a run's settings given back as one."""

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from experiments.api.settings_from_options import (
    comparison_settings,
    demo_settings,
    training_settings,
)
from experiments.arguments.config_file import to_toml
from experiments.cli import parser
from experiments.errors import RunError
from experiments.runs.settings import RunSettings
from experiments.runs.toml_settings import command_of, options_of
from experiments.runs.variants import variant
from tests.experiments.tiny_runs import billp


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def given(text: str, *words: str, command: str = "compare") -> Any:
    """The options that a command has with this config file."""
    Path("run.toml").write_text(text)
    return parser(command).parse_args([command, "--config", "run.toml", *words])


def refusal(text: str, *words: str, command: str = "compare") -> str:
    Path("run.toml").write_text(text)
    done = billp(command, "--config", "run.toml", *words)
    assert (done.code, done.out) == (2, "")
    (line,) = done.err.splitlines()
    return line


def test_options_come_from_the_file_and_those_on_the_command_line_win() -> None:
    text = 'preset = "table5"\narms = ["random", "billp"]\nseeds = 2\nstructured = false\n'
    options = given(text, "--seeds", "4", "--rounds", "9")
    assert (options.preset, options.arms) == ("table5", ["random", "billp"])
    assert (options.seeds, options.rounds, options.structured) == (4, 9, False)
    assert options.episodes == 100


def test_a_file_may_switch_on_and_off_and_the_command_line_back() -> None:
    text = "structured = false\nthinking = true\n"
    options = given(text)
    assert (options.structured, options.thinking) == (False, True)
    options = given(text, "--structured", "--no-thinking")
    assert (options.structured, options.thinking) == (True, False)


@pytest.mark.parametrize("value", ['"actor=96,critic=30"', '["actor=96", "critic=30"]'])
def test_bounds_on_replies_may_be_written_as_a_text_or_as_a_list(value: str) -> None:
    assert given(f"reply-tokens = {value}\n").reply_tokens == {"actor": 96, "critic": 30}


def test_the_file_may_stand_behind_other_options_and_write_names_with_either_sign() -> None:
    Path("run.toml").write_text('train_episodes = 7\narms = "billp"\ntemperature = 1\n')
    options = parser("compare").parse_args(["compare", "--seeds", "2", "--config=run.toml"])
    assert (options.train_episodes, options.arms, options.temperature) == (7, ["billp"], 1.0)


def test_every_command_that_has_settings_takes_a_file() -> None:
    assert given("users = 4\n", command="demo").users == 4
    assert given('arm = "reflexion"\nepisodes = 3\n', command="train").train_episodes == 3
    assert given("episodes = 3\n", command="estimate").episodes == 3
    assert given('viewed = ["A", "B"]\nuser = 3\n', command="play").viewed == ["A", "B"]


def test_an_option_of_a_group_may_be_repeated_in_a_file_too() -> None:
    options = given('track = ["jsonl", "tensorboard:runs/board"]\n')
    assert options.track == ["jsonl", "tensorboard:runs/board"]
    assert given('track = "none"\n').track == ["none"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("seeds = 2\nepisods = 3\n", "run.toml line 2: unknown setting 'episods': did you mean 'e"),
        ("seeds = 0\n", "run.toml line 1: seeds: expected a number from 1, got '0'"),
        ("seeds = 1.5\n", "run.toml line 1: seeds: expected a number from 1, got '1.5'"),
        ('arms = ["bilp"]\n', "run.toml line 1: arms: unknown arm 'bilp': did you mean 'billp'?"),
        ('structured = "yes"\n', "run.toml line 1: structured: expected true or false, got 'yes'"),
        ("no-thinking = true\n", "unknown setting 'no-thinking': did you mean 'thinking'?"),
        ('choose = "name"\n', "run.toml line 1: choose: expected one of number, title, got 'name'"),
        ('reply-tokens = "actr=9"\n', "reply-tokens: unknown role 'actr': did you mean 'actor'?"),
        ("seeds = true\n", "run.toml line 1: seeds: expected a text, a number or a list"),
        ('evaluate = "later"\n', "run.toml line 1: evaluate: expected one of frozen, online, both"),
        ("[seeds]\nx = 1\n", "run.toml line 1: seeds: expected a text, a number or a list"),
        ('config = "other.toml"\n', "run.toml line 1: unknown setting 'config'"),
        ("seeds = \n", "config file run.toml is not TOML"),
    ],
)
def test_what_a_file_gets_wrong_is_named_with_its_line(text: str, told: str) -> None:
    assert told in refusal(text)


def test_a_file_that_is_not_there_and_one_that_is_no_text_are_refused() -> None:
    assert "nowhere.toml cannot be read" in billp("compare", "--config", "nowhere.toml").err
    Path("run.toml").write_bytes(b"\xff\xfe")
    assert "is not TOML" in billp("compare", "--config", "run.toml").err
    assert "expected one argument" in billp("compare", "--config").err


def compared(*words: str) -> RunSettings:
    return comparison_settings(parser("compare").parse_args(["compare", *words]))


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--preset", "table5", "--arms", "random,a2c-sampled,billp", "--seeds", "2"),
        ("--preset", "table6", "--model", "openai:x,offline", "--arms", "react,billp"),
        ("--preset", "figure5", "--arms", "greedy,billp", "--rules", "paper", "--no-structured"),
        ("--users", "any", "--learning", "paper", "--memory-capacity", "700"),
        ("--choose", "title", "--thinking", "--reply-tokens", "actor=96,critic=30"),
        ("--structured", "--no-thinking", "--reply-tokens", "64"),
        ("--preset", "figure4", "--states", "3", "--evaluate", "both", "--batch", "4"),
        ("--preset", "demo", "--temperature", "0.7", "--base-url", "http://x/v1"),
        ("--preset", "demo", "--batch", "1", "--seeds", "1", "--arms", "billp"),
        ("--preset", "demo", "--batch", "1", "--seeds", "1", "--evaluate", "both"),
        ("--episodes", "7", "--train-episodes", "3", "--transitions", "500", "--updates", "9"),
    ],
    ids=" ".join,
)
def test_a_comparisons_settings_are_given_back_as_a_file(words: tuple[str, ...]) -> None:
    settings = compared(*words)
    assert command_of(settings) == "compare"
    assert comparison_settings(given(to_toml(options_of(settings)))) == settings


def test_the_settings_of_a_training_and_of_a_demo_are_given_back_too() -> None:
    train = training_settings(
        parser("train").parse_args(
            [
                "train",
                "--arm",
                "billp,reflexion",
                "--episodes",
                "7",
                "--users",
                "any",
                "--learning",
                "paper",
            ]
        )
    )
    assert command_of(train) == "train"
    assert training_settings(given(to_toml(options_of(train)), command="train")) == train
    words = ("--users", "4", "--seed", "5", "--no-structured", "--reply-tokens", "actor=96")
    demo = demo_settings(parser("demo").parse_args(["demo", *words, "--choose", "title"]))
    assert command_of(demo) == "demo"
    assert demo_settings(given(to_toml(options_of(demo)), command="demo")) == demo


@pytest.mark.parametrize(
    "changes",
    [{"seeds": (3, 5)}, {"variants": (replace(variant("billp", "offline"), name="mine"),)}],
)
def test_settings_that_no_options_give_are_not_given_back(changes: dict[str, Any]) -> None:
    with pytest.raises(RunError, match="no file of options can repeat it"):
        options_of(replace(compared(), **changes))


@pytest.mark.parametrize("text", ["a'b\"c\\d", "line\nbreak\t\x00\x1f\x7f", "ü\u2028", "[x]", ""])
def test_any_text_survives_being_written_as_toml(text: str) -> None:
    written = to_toml({"model": text, "viewed": [text, "b"], "rounds": 3, "structured": True})
    assert tomllib.loads(written) == {
        "model": text,
        "viewed": [text, "b"],
        "rounds": 3,
        "structured": True,
    }
