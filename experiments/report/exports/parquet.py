"""A table as a Parquet file."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from experiments.errors import MissingExtraError
from experiments.report.markup import visible
from experiments.report.report_data import Row


def parquet(rows: Sequence[Row]) -> bytes:
    """The content of the file, or the command that installs what writes it."""
    try:
        import pyarrow
        from pyarrow import parquet as files
    except ImportError as error:
        raise MissingExtraError("Parquet files", "parquet") from error
    columns = dict.fromkeys(key for row in rows for key in row)
    table = pyarrow.table({name: [_value(row.get(name)) for row in rows] for name in columns})
    content = BytesIO()
    files.write_table(table, content)
    return content.getvalue()


def _value(value: Any) -> Any:
    return visible(value) if isinstance(value, str) else value
