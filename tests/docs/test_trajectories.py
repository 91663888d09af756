"""The sessions of docs/trajectories are records as runs have them, and the page tells them."""

import runpy
from collections.abc import Mapping
from typing import Any

import pytest

from experiments.runs.records import RECORD
from tests.system.processes import ROOT

FOLDER = ROOT / "docs" / "trajectories"
LARGEST = 200_000  # bytes of the folder


@pytest.fixture(scope="module")
def program() -> Mapping[str, Any]:
    return runpy.run_path(str(ROOT / "docs" / "programs" / "trajectories.py"))


def test_the_page_is_what_the_program_makes_of_the_sessions(program: Mapping[str, Any]) -> None:
    told = program["page"]()
    assert (FOLDER / "index.md").read_text(encoding="utf-8") == told, (
        "give `python docs/programs/trajectories.py page`"
    )
    assert told.count("\n### ") == program["USERS"] * len(program["ARMS"])


def test_sessions_are_whole_records_and_few(program: Mapping[str, Any]) -> None:
    for arm in program["ARMS"]:
        for session in program["read"](arm):
            record = RECORD.validate_python(session)
            assert record["variant"] == arm
            assert len(record["steps"]) > 1
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < LARGEST
