"""The tables of a report as CSV files."""

import csv
import io

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
