"""A report of a run that was really played."""

import shutil
from pathlib import Path

import pytest

from experiments.report import write_report
from experiments.report.csv_tables import csv_tables
from experiments.report.report_data import read_played_run
from experiments.statistics.episodes import read_episodes
from experiments.statistics.metrics import METRICS
from tests.experiments.report.parsed import Page

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(played_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy that a report may be written into."""
    copy = tmp_path_factory.mktemp("report") / "run"
    shutil.copytree(played_run, copy)
    return copy


def test_its_figures_are_on_the_page(folder: Path) -> None:
    text = Page(write_report(folder).read_text(encoding="utf-8")).text
    summary = read_played_run(folder).summary
    assert summary is not None
    for variant in summary.variants.values():
        for figures in variant.phases.values():
            for estimate in figures.by_name().values():
                assert f"{estimate.mean:,.2f}" in text


def test_its_sections_are_all_there(folder: Path) -> None:
    found = Page(write_report(folder).read_text(encoding="utf-8"))
    assert {a["id"] for a in found.all("section")} >= {
        "comparison",
        "paired",
        "learning",
        "sessions",
        "popularity",
        "critic",
        "memories",
        "grounding",
        "cost",
        "episodes",
    }


def test_every_metric_of_every_phase_is_in_the_table_beside_the_page(folder: Path) -> None:
    run = read_played_run(folder)
    rows = csv_tables(run, [], [])["comparison"]
    assert len(rows) == sum(len(run.figures(phase)) for phase in run.phases) == 3 + 1
    for row in rows:
        figures = run.figures(row["phase"])[row["variant"]].by_name()
        assert all(row[f"{name}_mean"] == figures[name].mean for name in METRICS)


def test_episodes_that_were_read_before_are_not_read_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = write_report(folder).read_text(encoding="utf-8")
    episodes = read_episodes(folder, read_played_run(folder).file)
    monkeypatch.setattr("experiments.statistics.episodes.read_lines", None)
    assert write_report(folder, episodes).read_text(encoding="utf-8") == page
