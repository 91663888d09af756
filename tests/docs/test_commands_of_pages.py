"""The commands that README and docs print are taken by the program."""

import re
import shlex
from pathlib import Path

import pytest

from experiments.cli import parser
from tests.system.processes import ROOT

PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")))
COMMAND = re.compile(r"^\s*\$ (?:\.venv/bin/)?billp (.+)$", re.MULTILINE)
COMMANDS = [
    pytest.param(words, id=f"{page.stem}: {words[:50]}")
    for page in PAGES
    for words in COMMAND.findall(page.read_text(encoding="utf-8"))
]
RUNS = ("runs/first", "runs/mine", "runs/steam", ".billp/demo/001")
WORLDS = ("steam", "movielens", "bookshop")


def test_the_commands_are_found() -> None:
    assert len(COMMANDS) > 25


@pytest.mark.parametrize("words", COMMANDS)
def test_a_command_is_taken_as_printed(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for run in RUNS:
        (tmp_path / run).mkdir(parents=True)
        (tmp_path / run / "run.json").touch()
    for world in WORLDS:
        (tmp_path / ".billp" / "worlds" / world).mkdir(parents=True)
        (tmp_path / ".billp" / "worlds" / world / "world.json").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BILLP_HOME", str(tmp_path / ".billp"))
    given = shlex.split(words)
    assert callable(parser(given[0]).parse_args(given).run)
