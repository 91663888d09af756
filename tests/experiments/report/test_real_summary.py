"""A report of what the project's own code makes of records."""

import json
from pathlib import Path

import pytest

from experiments.report import write_report
from experiments.statistics.summary import Cell, summarise_run
from tests.experiments.report.parsed import Page
from tests.experiments.report.synthetic import USUAL, Plan, make_run, write_json


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made-up run whose summary is the real one of its records."""
    plan = Plan(variants=USUAL, seeds=(0, 1), episodes=12, train_episodes=8, batch=4)
    folder = make_run(tmp_path_factory.mktemp("real"), plan)
    run = json.loads((folder / "run.json").read_text())
    cells = []
    for variant in plan.variants:
        for seed in plan.seeds:
            path = folder / "cells" / f"{variant['name']}.{seed}" / "episodes.jsonl"
            records = [json.loads(line) for line in path.read_text().splitlines()]
            cells.append(Cell(str(variant["name"]), seed, records))
    titles = sorted({step["item"] for cell in cells for r in cell.records for step in r["steps"]})
    groups = {title: 1 + at % 5 for at, title in enumerate(titles)}
    write_json(folder / "summary.json", summarise_run(run, cells, groups))
    return folder


def test_its_figures_are_on_the_page(folder: Path) -> None:
    text = Page(write_report(folder).read_text(encoding="utf-8")).text
    summary = json.loads((folder / "summary.json").read_text())
    for variant in summary["variants"].values():
        for figures in variant["phases"].values():
            for metric in ("len", "r_each", "r_traj"):
                assert f"{figures[metric]['mean']:,.2f}" in text


def test_its_sections_are_all_there(folder: Path) -> None:
    found = Page(write_report(folder).read_text(encoding="utf-8"))
    assert {a["id"] for a in found.all("section")} >= {
        "comparison",
        "paired",
        "learning",
        "sessions",
        "popularity",
        "memories",
        "grounding",
        "cost",
        "episodes",
    }
