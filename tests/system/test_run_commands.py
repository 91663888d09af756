"""The commands that play runs, as scripts use them: no terminal, nobody to ask."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.system.processes import BIN, ROOT, environment

pytestmark = pytest.mark.system

Compared = tuple[Path, "subprocess.CompletedProcess[bytes]"]
HELP = """
import sys
from experiments.cli import main

for command in sys.argv[1:]:
    try:
        main([*command.split(), "--help"])
    except SystemExit as done:
        assert done.code == 0, command
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def help_for(*commands: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", HELP, *commands],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_help_of_no_command_loads_anything_heavy() -> None:
    commands = re.findall(r"^    ([a-z]+) ", help_for(""), re.MULTILINE)
    assert {"demo", "compare", "train", "evaluate", "estimate", "report"} <= set(commands)
    told = help_for("", *commands)
    assert told.count("usage: billp") == 1 + len(commands)
    loaded = set(told.splitlines()[-1].split())
    assert "experiments" in loaded
    assert not loaded & {"torch", "langgraph", "chromadb", "openai", "transformers"}


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Compared:
    """What a script's comparison left behind and said."""
    folder = tmp_path_factory.mktemp("compared")
    sizes = ("--episodes", "3", "--train-episodes", "3", "--seeds", "2", "--concurrency", "4")
    done = subprocess.run(
        [
            *(str(BIN / "billp"), "compare", "--preset", "table3", "--world", "demo"),
            *("--model", "offline", "--arms", "random,reflexion", *sizes, "--rounds", "5"),
            *("--out", str(folder / "run"), "--json", str(folder / "summary.json"), "--no-report"),
        ],
        cwd=folder,
        env=environment(folder / "home"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, (done.stdout + done.stderr).decode()
    return folder, done


def test_a_script_gets_the_summary_where_it_asked_for_it(compared: Compared) -> None:
    folder = compared[0]
    told = json.loads((folder / "summary.json").read_text())
    assert list(told["variants"]) == ["random", "reflexion"]
    assert told == json.loads((folder / "run" / "summary.json").read_text())


def test_a_script_gets_plain_lines_without_control_characters(compared: Compared) -> None:
    done = compared[1]
    said = done.stdout.decode() + done.stderr.decode()
    assert re.findall(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", said) == []
    assert "reflexion, seed 1, train: 3 episodes" in said.splitlines()
    assert done.stderr == b""
