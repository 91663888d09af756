"""The tables of a report as CSV files."""

import csv
import io
from pathlib import Path

from experiments.files import OutputError
from experiments.report.data import Table
from experiments.report.text import csv_cell


def as_csv(table: Table) -> str:
    """The text of the file; no cell of it is a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.columns)
    for row in table.rows:
        writer.writerow([csv_cell(row.get(column)) for column in table.columns])
    return out.getvalue()


def write_text(path: Path, text: str) -> None:
    """Replaces a file at once."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(text, encoding="utf-8", newline="")
        partial.replace(path)
    except OSError as error:
        raise OutputError(f"cannot write {path} ({error.strerror}): name another place") from error
