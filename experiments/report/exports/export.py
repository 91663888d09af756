"""Writes the chosen formats, a folder for each."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from experiments.report.csv_tables import csv_text
from experiments.report.exports.figure_files import collected_figures, pdf_of, svg_of
from experiments.report.exports.latex import latex
from experiments.report.exports.markdown import markdown
from experiments.report.exports.paper_layout import paper_layouts
from experiments.report.exports.parquet import parquet
from experiments.report.reading import read_report_data
from experiments.report.report_data import ReportData
from experiments.runs.files import write_bytes
from experiments.statistics.episodes import Episode

Files = Iterator[tuple[str, bytes]]  # each file's name and content


def export_run(
    folder: Path, formats: Iterable[str], out: Path, episodes: Sequence[Episode] | None = None
) -> list[Path]:
    """Writes `out/FORMAT/NAME` for every table or figure; returns the folders.

    All of it is made before any is written, so that a missing extra leaves nothing half done.
    """
    data = read_report_data(folder, episodes, budget=0)
    made = {name: list(FORMATS[name](data)) for name in dict.fromkeys(formats)}
    for name, files in made.items():
        for file, content in files:
            write_bytes(out / name / file, content)
    return [out / name for name in made]


def _latex(data: ReportData) -> Files:
    for table in paper_layouts(data):
        yield f"{table.name}.tex", latex(table).encode()


def _markdown(data: ReportData) -> Files:
    for table in paper_layouts(data):
        yield f"{table.name}.md", markdown(table).encode()


def _csv(data: ReportData) -> Files:
    for name, rows in data.tables.items():
        if rows:
            yield f"{name}.csv", csv_text(rows).encode()


def _parquet(data: ReportData) -> Files:
    for name, rows in data.tables.items():
        if rows:
            yield f"{name}.parquet", parquet(rows)


def _svg(data: ReportData) -> Files:
    for figure in collected_figures(data):
        yield f"{figure.name}.svg", svg_of(figure).encode()


def _pdf(data: ReportData) -> Files:
    for figure in collected_figures(data):
        yield f"{figure.name}.pdf", pdf_of(figure)


FORMATS: Mapping[str, Callable[[ReportData], Files]] = {
    "latex": _latex,
    "markdown": _markdown,
    "csv": _csv,
    "parquet": _parquet,
    "svg": _svg,
    "pdf": _pdf,
}
