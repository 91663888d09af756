"""`billp report`: which folders and formats it takes."""

from pathlib import Path

import pytest

from tests.experiments.made_records import variant
from tests.experiments.made_runs import Plan, make_run
from tests.experiments.tiny_runs import billp

PLAN = Plan(variants=(variant("random"),), seeds=(0,), episodes=2, critic=False)


def test_a_folder_without_a_run_is_told_where_runs_are_named(tmp_path: Path) -> None:
    done = billp("report", tmp_path)
    assert done.code == 2
    assert f"{tmp_path} is not a run's folder: it has no run.json" in done.err


def test_a_folder_of_runs_names_them(tmp_path: Path) -> None:
    for number in ("001", "002"):
        make_run(tmp_path / number, PLAN)
    done = billp("report", tmp_path)
    assert done.code == 2
    assert f"but holds runs: name one of them: {tmp_path}/001, {tmp_path}/002" in done.err


def test_exports_lie_in_the_folder_of_the_run(tmp_path: Path) -> None:
    folder = make_run(tmp_path, PLAN)
    done = billp("report", folder, "--format", "latex,csv")
    assert done.code == 0, done.err
    assert done.out.splitlines() == [
        f"Written to {folder / 'export' / n}" for n in ("latex", "csv")
    ]
    assert (folder / "export" / "latex" / "comparison-frozen.tex").is_file()
    assert not (folder / "report.html").exists()


def test_exports_go_where_they_are_told_to(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", PLAN)
    assert billp("report", folder, "--format", "markdown", "--out", tmp_path / "paper").code == 0
    assert (tmp_path / "paper" / "markdown" / "comparison-frozen.md").is_file()
    assert not (folder / "export").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--format", "latx"), "unknown format 'latx': did you mean 'latex'?"),
        (("--format", "docx"), "known: latex, markdown, csv, parquet, svg, pdf"),
        (("--out", "x"), "--out is for exports: add --format, of latex, markdown, csv"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    options: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    done = billp("report", make_run(tmp_path, PLAN), *options)
    assert done.code == 2
    assert said in " ".join(done.err.split())


def test_the_formats_offered_are_those_that_can_be_made() -> None:
    from experiments.commands.report import FORMATS
    from experiments.report.exports import FORMATS as MADE

    assert tuple(MADE) == FORMATS
