"""The tutorials run from top to bottom as they are printed, and show about what they print.

Figures and titles follow from prompts, which change more often than tutorials are played.
"""

import runpy
from pathlib import Path
from typing import Any

import pytest

from tests.system.processes import ROOT

PAGES = sorted((ROOT / "docs" / "tutorials").glob("*.md"))
PROGRAM = runpy.run_path(str(ROOT / "docs" / "programs" / "tutorials.py"))
AGAIN = "give `python docs/programs/tutorials.py`"
PLAYED = ("compare", "extend", "own-data", "trace", "watch")


def test_the_tutorials_are_found() -> None:
    assert {page.stem for page in PAGES} == {*PLAYED, "index", "serve"}


@pytest.mark.slow
@pytest.mark.parametrize("name", PLAYED)
def test_a_tutorial_runs_as_printed_and_shows_what_it_prints(name: str, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "tutorials" / f"{name}.md").read_text(encoding="utf-8")
    with PROGRAM["place"](tmp_path):
        played: list[Any] = list(PROGRAM["play"](page))
    assert len(played) >= 3
    for one in played:
        if one.shown:
            shown = page[one.shown]
            lines, before = len(one.printed.splitlines()), len(shown.splitlines())
            assert one.printed.strip()
            assert abs(lines - before) <= 2 + before // 5, (
                "give `python docs/programs/tutorials.py`"
            )
