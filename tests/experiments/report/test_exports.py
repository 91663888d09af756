"""Tables and figures of a run as files for papers and programs."""

import csv
import json
import re
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from experiments.errors import MissingExtraError
from experiments.report.exports import FORMATS, export_run, latex, markdown
from experiments.runs.files import write_json
from tests.experiments.made_records import variant
from tests.experiments.made_runs import Plan, make_run

pytestmark = pytest.mark.slow

VARIANTS = tuple(map(variant, ("random", "a2c", "react", "billp")))
PLAN = Plan(variants=VARIANTS, seeds=(0, 1), episodes=5, train_episodes=4, batch=2)
ODD = r"a_b & 50% $x$ {y} \\input{z} ^~# <i> | `c` *d* [e](f)"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("run"), PLAN)


@pytest.fixture(scope="module")
def exported(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All formats of a run."""
    out = tmp_path_factory.mktemp("out") / "new"
    assert export_run(folder, FORMATS, out) == [out / name for name in FORMATS]
    return out


def figures(folder: Path, name: str) -> Any:
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    return summary["variants"][name]["phases"]["frozen"]


def names(exported: Path, format_: str) -> set[str]:
    return {path.stem for path in (exported / format_).iterdir()}


def test_every_format_has_a_folder_of_its_own(exported: Path) -> None:
    assert {path.name for path in exported.iterdir()} == set(FORMATS)
    tables = {"comparison-frozen", "comparison-train", "paired-frozen"}
    assert names(exported, "latex") == names(exported, "markdown") == tables
    assert names(exported, "csv") == names(exported, "parquet") >= {"comparison", "episodes"}
    assert names(exported, "svg") == names(exported, "pdf") >= {"comparison-frozen", "critic"}


def test_the_latex_table_has_groups_rules_and_the_summarys_figures(
    exported: Path, folder: Path
) -> None:
    text = (exported / "latex" / "comparison-frozen.tex").read_text(encoding="utf-8")
    lines = text.splitlines()
    assert r"Methods & Len & $R_{each}$ & $R_{traj}$ \\" in lines
    assert [line for line in lines if line.endswith("rule")] == [
        r"\toprule",
        *[r"\midrule"] * 3,
        r"\bottomrule",
    ]
    of = figures(folder, "random")["len"]
    ends = f"[{of['low']:.2f}, {of['high']:.2f}]"
    [row] = [line for line in lines if line.startswith("random & ")]
    assert row.split(" & ")[1] == rf"{of['mean']:.2f} {{\scriptsize {ends}}}"
    assert text.count("{") == text.count("}")


def test_the_best_is_bold_the_next_underlined_and_references_take_no_part(
    exported: Path, folder: Path
) -> None:
    text = (exported / "latex" / "comparison-frozen.tex").read_text(encoding="utf-8")
    methods = [figures(folder, name)["len"]["mean"] for name in ("a2c", "react", "billp")]
    best, second, _ = sorted(methods, reverse=True)
    assert rf"\textbf{{{best:.2f}}}" in text
    assert rf"\underline{{{second:.2f}}}" in text
    [row] = [line for line in text.splitlines() if line.startswith("random & ")]
    assert "textbf" not in row


def test_methods_that_are_equal_are_both_the_best(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", PLAN)
    summary = json.loads((run / "summary.json").read_text(encoding="utf-8"))
    phases = [summary["variants"][name]["phases"]["frozen"] for name in ("react", "billp")]
    for phase in phases:
        phase["len"] = {"mean": 99.0, "low": 98.0, "high": 100.0}
    write_json(run / "summary.json", summary)
    export_run(run, ["markdown"], tmp_path)
    assert (tmp_path / "markdown" / "comparison-frozen.md").read_text().count("**99.00**") == 2


def test_the_markdown_table_has_as_many_cells_in_every_row(exported: Path) -> None:
    text = (exported / "markdown" / "paired-frozen.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in rows} == {5}
    assert len(rows) == 2 + 6


def test_nothing_from_outside_is_a_command_in_latex() -> None:
    plain = latex.escaped(ODD + "\n\x07")
    assert plain.startswith(r"a\_b \& 50\% \$x\$ \{y\} \textbackslash{}")
    assert not re.search(r"(?<!\\)[&%$#_]", plain)
    assert "\x07" not in plain
    assert "\n" not in plain


def test_nothing_from_outside_is_markup_in_markdown() -> None:
    assert not re.search(r"(?<!\\)[|`*_\[<]", markdown.escaped(ODD).replace(r"\\\\", ""))


def test_odd_names_come_through_every_format(tmp_path: Path) -> None:
    odd = variant("billp", name=ODD, model="odd_model")
    plan = Plan(variants=(odd, variant("react")), seeds=(0,), episodes=2, train_episodes=2)
    export_run(make_run(tmp_path / "run", plan), FORMATS, tmp_path)
    ElementTree.parse(tmp_path / "svg" / "comparison-frozen.svg")
    with (tmp_path / "csv" / "comparison.csv").open(encoding="utf-8") as lines:
        assert ODD in {row["variant"] for row in csv.DictReader(lines)}


def test_parquet_holds_the_rows_of_the_csv_file_with_their_types(exported: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    for path in (exported / "parquet").iterdir():
        table = parquet.read_table(path)
        with (exported / "csv" / f"{path.stem}.csv").open(encoding="utf-8") as lines:
            rows = list(csv.DictReader(lines))
        assert table.column_names == list(rows[0])
        assert table.num_rows == len(rows)
    episodes = parquet.read_table(exported / "parquet" / "episodes.parquet").to_pylist()
    assert {type(row["len"]) for row in episodes} == {int}


def test_a_drawing_stands_alone_in_the_colours_of_the_light_theme(exported: Path) -> None:
    for path in (exported / "svg").iterdir():
        text = path.read_text(encoding="utf-8")
        ElementTree.fromstring(text)
        assert not re.search(r'"#0[1-6]0[0-9a-f]{3}"', text)  # no placeholder is left
        assert "\u00a6" not in text
    assert "#e65811" in (exported / "svg" / "comparison-frozen.svg").read_text(encoding="utf-8")


def test_a_drawing_has_the_key_of_the_page(exported: Path) -> None:
    text = (exported / "svg" / "survival-frozen.svg").read_text(encoding="utf-8")
    assert [name for name in ("random", "a2c", "react", "billp") if f">{name}</text>" in text] == [
        one.name for one in VARIANTS
    ]


def test_a_pdf_is_a_pdf(exported: Path) -> None:
    for path in (exported / "pdf").iterdir():
        assert path.read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("format_", "module", "extra"),
    [("parquet", "pyarrow", "parquet"), ("svg", "vl_convert", "report")],
)
def test_without_its_extra_a_format_names_the_command_and_nothing_is_written(
    format_: str,
    module: str,
    extra: str,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=rf"pip install -e '\.\[{extra}\]'"):
        export_run(folder, ["csv", format_], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_tables_need_no_extra(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("altair", "vl_convert", "pyarrow"):
        monkeypatch.setitem(sys.modules, module, None)
    export_run(folder, ["latex", "markdown", "csv"], tmp_path)
    assert len(list(tmp_path.rglob("*.tex"))) == 3


def test_the_same_run_gives_the_same_files(exported: Path, folder: Path, tmp_path: Path) -> None:
    export_run(folder, ["latex", "csv", "parquet", "svg"], tmp_path)
    for path in tmp_path.rglob("*.*"):
        assert path.read_bytes() == (exported / path.relative_to(tmp_path)).read_bytes()
