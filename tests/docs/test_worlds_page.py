"""docs/worlds.md does what it prints."""

import re
from pathlib import Path
from typing import Any

import pytest

from simulator.load import known_worlds
from tests.experiments.tiny_runs import billp
from tests.simulator.small_logs import bookshop
from tests.system.processes import ROOT

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs" / "worlds.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
ROW = re.compile(r"^│ (.*?) +│ (.*?) *│$", re.MULTILINE)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a reader has their tables."""
    return bookshop(100, 150, 3000).write(tmp_path_factory.mktemp("place"))


def test_the_python_blocks_run_as_printed_in_ten_lines_or_fewer(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(place)
    monkeypatch.setenv("BILLP_HOME", str(place / ".billp"))
    printed, names = [], dict[str, Any]()
    for block in BLOCKS:
        assert len([line for line in block.splitlines() if line.strip()]) <= 10
        exec(compile(block, "docs/worlds.md", "exec"), names)
        printed.append(capsys.readouterr().out)
    assert printed[0].startswith("bookshop 100 150 ")
    assert re.match(r"\['Book \d+'.*\] \d+\n", printed[1])
    assert re.match(r"random len \d", printed[2])
    assert printed[3] == f"bookshop {(place / 'worlds' / 'bookshop').resolve()}\n"
    assert known_worlds() == ["bookshop", "demo"]


def test_the_build_command_makes_the_world_that_the_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BILLP_HOME", str(tmp_path / ".billp"))
    [command] = re.findall(r"^\$ billp (world build .*)$", PAGE, re.MULTILINE)
    folder = str(bookshop().write(tmp_path / "log"))
    done = billp(*command.replace("FOLDER", folder).split())
    assert done.code == 0, done.err
    [shown] = re.findall(r"^```text\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    printed = dict(ROW.findall(done.out))
    assert list(printed) == list(dict(ROW.findall(shown)))
    for label in ("users, items", "ratings", "negatives"):  # fits differ in the last digits
        assert printed[label] == dict(ROW.findall(shown))[label]
    [warning] = re.findall(r"^warning: .*$", shown, re.MULTILINE)
    assert f"{warning}\n" in done.out
