"""A report that tests read in common."""

from pathlib import Path

import pytest

from experiments.report import write_report
from tests.experiments.made_runs import make_run
from tests.experiments.report.parsed import Page


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a whole run with its report."""
    folder = make_run(tmp_path_factory.mktemp("run"))
    write_report(folder)
    return folder


@pytest.fixture(scope="session")
def page(run: Path) -> str:
    """The report of that run."""
    return (run / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def parsed(page: str) -> Page:
    """The elements and texts of that report."""
    return Page(page)
