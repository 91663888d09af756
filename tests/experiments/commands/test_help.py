"""`--help` of every command: complete, on 80 columns, and the same in docs/command-line.md."""

import argparse
import re
import shlex
from pathlib import Path

import pytest

from experiments.arguments.parser import CommandParser
from experiments.cli import COMMANDS, parser
from experiments.help_page import PAGE, all_commands, help_text, named_commands, with_help
from experiments.runs.methods import METHOD_NOTES
from experiments.runs.presets import PRESETS
from tests.experiments.tiny_runs import billp
from tests.system.processes import ROOT

EVERY = {one.prog: one for one in all_commands(parser())}
ACTIONS = {name: one for name, one in EVERY.items() if not one.commands}
FILES = ("rows.jsonl", "runs/mine/run.json", "runs/other/run.json", ".billp/demo/001/run.json")


def test_the_page_shows_the_help_of_every_command_as_it_is_printed() -> None:
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    assert named_commands(page) == list(dict.fromkeys(named_commands(page)))
    assert set(named_commands(page)) == set(EVERY)
    again = with_help(page, parser())
    assert page == again, "give `python -m experiments.help_page`"


@pytest.mark.parametrize("words", [(), ("--help",), ("memory",), ("runs",)], ids=" ".join)
def test_a_command_without_another_shows_its_help(words: tuple[str, ...]) -> None:
    done = billp(*words)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(" ".join(["usage: billp", *words[:1]]).replace(" --help", ""))


def test_the_help_of_all_lists_every_command() -> None:
    told = billp("--help").out
    assert re.findall(r"^    ([a-z]+) ", told, re.MULTILINE) == list(COMMANDS)


@pytest.mark.parametrize("name", ACTIONS)
def test_every_option_says_what_it_is_and_its_default(name: str) -> None:
    for option, action in ACTIONS[name].options.items():
        words = (action.help or "").partition(" (default: ")[0].split()
        assert len(words) >= 3, option
        said = re.search(r"\(default: .+\)$|\(needed\)$", action.help or "")
        assert said or action.default is argparse.SUPPRESS, option


@pytest.mark.parametrize("name", EVERY)
def test_help_fits_into_80_columns(name: str) -> None:
    assert max(map(len, help_text(EVERY[name]).splitlines())) <= 80


@pytest.mark.parametrize("command", ["compare", "estimate"])
def test_presets_and_methods_are_listed_a_line_each(command: str) -> None:
    told = EVERY[f"billp {command}"].format_help()
    for name in (*PRESETS, *METHOD_NOTES):
        assert re.search(rf"^  {name} +\w", told, re.MULTILINE), name


@pytest.mark.parametrize("name", ACTIONS)
def test_every_command_has_two_examples_that_its_parser_takes(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in (*FILES, ".billp/runs/001/run.json", ".billp/runs/002/run.json"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    (tmp_path / ".billp/worlds/movielens").mkdir(parents=True)
    (tmp_path / ".billp/worlds/movielens/world.json").touch()
    monkeypatch.setenv("BILLP_HOME", str(tmp_path / ".billp"))
    monkeypatch.chdir(tmp_path)
    examples = ACTIONS[name].examples
    assert len(examples) == 2
    for example in examples:
        words = shlex.split(example.partition(">")[0])
        assert " ".join(words).startswith(name)
        assert callable(parser(words[1]).parse_args(words[1:]).run)


def test_the_version_is_told() -> None:
    done = billp("--version")
    assert (done.code, done.err) == (0, "")
    assert re.fullmatch(r"billp \d+\.\d+\.\d+\S*\n", done.out)


def test_a_group_takes_part_in_everything() -> None:
    made = CommandParser(prog="x")
    add = made.add_group("more")
    add("--size", type=int, default=3, help="how large it is")
    assert made.options["size"].help == "how large it is (default: 3)"
    with pytest.raises(SystemExit):
        made.parse_args(["--sise", "4"])
