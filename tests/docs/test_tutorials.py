"""The tutorials run from top to bottom as they are printed, and show what they print."""

import re
import runpy
from pathlib import Path
from typing import Any

import pytest

from tests.system.processes import ROOT

PAGES = sorted((ROOT / "docs" / "tutorials").glob("*.md"))
PROGRAM = runpy.run_path(str(ROOT / "docs" / "programs" / "tutorials.py"))
PLAYED = ("compare", "extend", "own-data", "trace", "watch")


def first_words(text: str) -> list[str]:
    """The first word of each line, in any order; the rest follows from prompts and may change."""
    lines = (re.search(r"[A-Za-z]{2,}", line) for line in text.splitlines())
    return sorted(found[0] for found in lines if found)


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
            assert first_words(one.printed) == first_words(shown), (
                "give `python docs/programs/tutorials.py`"
            )
            assert shown.strip()
