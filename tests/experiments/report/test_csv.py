"""The figures as CSV: the page's own, complete, and beside it."""

import csv
import io
import json
from pathlib import Path
from typing import Any

from experiments.report import write_report
from tests.experiments.made_records import variant
from tests.experiments.made_runs import Plan, make_run, variant_named
from tests.experiments.report.parsed import Page

TABLES = {
    "comparison",
    "paired",
    "learning",
    "survival",
    "groups",
    "critic",
    "critic-estimators",
    "memory",
    "grounding",
    "cost",
    "episodes",
}


def read(run: Path, name: str) -> list[dict[str, str]]:
    with (run / "csv" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def summary(run: Path) -> Any:
    return json.loads((run / "summary.json").read_text(encoding="utf-8"))


def test_there_is_a_file_for_every_kind_of_figure(run: Path) -> None:
    assert {path.stem for path in (run / "csv").iterdir()} == TABLES


def test_a_sweep_has_its_own(tmp_path: Path) -> None:
    variants = tuple(variant_named(f"react W={w}", "react", window=w) for w in (2, 8))
    folder = make_run(tmp_path, Plan(variants=variants, seeds=(0,), episodes=4))
    write_report(folder)
    assert [row["window"] for row in read(folder, "window")] == ["2", "8"]


def test_the_page_holds_the_same_tables_as_the_folder(run: Path, parsed: Page) -> None:
    found = parsed
    for name in TABLES:
        written = (run / "csv" / f"{name}.csv").read_text(encoding="utf-8")
        assert list(csv.reader(io.StringIO(found.block(f"csv-{name}")))) == list(
            csv.reader(io.StringIO(written))
        )


def test_every_figure_on_the_page_links_to_its_table(page: str, parsed: Page) -> None:
    links = [a for a in parsed.all("a") if "data-table" in a]
    assert {a["data-table"] for a in links} == TABLES
    assert all(a["href"] == f"csv/{a['data-table']}.csv" == f"csv/{a['download']}" for a in links)
    assert page.count("<figure") == page.count("</figure>") <= len(links)


def test_the_comparison_holds_the_summarys_figures_and_the_papers(run: Path) -> None:
    rows = {(row["phase"], row["variant"]): row for row in read(run, "comparison")}
    for name, found in summary(run)["variants"].items():
        for phase, figures in found["phases"].items():
            row = rows[phase, name]
            assert float(row["r_traj_low"]) == figures["r_traj"]["low"]
            assert float(row["without_last_len_mean"]) == figures["without_last"]["len"]["mean"]
            assert float(row["r_each_seed_sd"]) == figures["seed_spread"]["r_each"]
    assert rows["frozen", "billp"]["paper_r_traj"] == "69.193"
    assert rows["train", "billp"]["paper_r_traj"] == ""
    assert rows["frozen", "random"]["paper"] == ""


def test_there_is_a_row_for_every_episode(run: Path) -> None:
    rows = read(run, "episodes")
    written = [
        json.loads(line)
        for path in run.glob("cells/*/episodes.jsonl")
        for line in path.read_text().splitlines()
    ]
    assert len(rows) == len(written)
    lengths = {(r["variant"], r["seed"], r["phase"], r["number"]): int(r["len"]) for r in rows}
    for record in written:
        key = (record["variant"], str(record["seed"]), record["phase"], str(record["number"]))
        assert lengths[key] == len(record["steps"])


def test_every_draw_of_the_critics_study_is_there(run: Path) -> None:
    rows = read(run, "critic")
    states = summary(run)["critic"]["states"]
    drawn = sum(len(state["estimates"]) + len(state["returns"]) for state in states)
    assert len(rows) == drawn


def test_money_that_is_unknown_is_an_empty_cell(tmp_path: Path) -> None:
    plan = Plan(
        variants=(variant("billp", model="gpt-x"),), seeds=(0,), episodes=2, train_episodes=2
    )
    folder = make_run(tmp_path, plan)
    write_report(folder)
    assert {row["usd"] for row in read(folder, "cost")} == {""}
