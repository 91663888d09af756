"""Exports and imports rows of memories as JSON lines."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import durable
from stores.errors import StoreError
from stores.journal_lines import from_json, to_json
from stores.rows import MEMORIES, Lessons, MemoryName, Row
from stores.schema import NOT_A_RECORD, BadRowError

IMPORTED = "import-"


def by_age(rows: Iterable[Row]) -> list[Row]:
    """Oldest first."""
    return sorted(rows, key=lambda row: (row.touched, row.id))


def write_export(path: Path, rows: Mapping[MemoryName, Iterable[Row]]) -> int:
    """Writes every row as a JSON line, replacing the file at once; returns their number."""
    lines = [
        json.dumps({"memory": name, **to_json(row)}, ensure_ascii=False)
        for name in MEMORIES
        for row in by_age(rows[name])
    ]
    durable.replace(path, "".join(line + "\n" for line in lines).encode())
    return len(lines)


def read_export(path: Path) -> Lessons:
    """Exported rows as lessons, named by a hash of the file so that imports are idempotent."""
    rows: dict[MemoryName, list[Row]] = {name: [] for name in MEMORIES}
    try:
        data = path.read_bytes()
    except OSError as error:
        raise StoreError(f"{path} cannot be read ({error.strerror})") from error
    for number, line in enumerate(data.splitlines(), start=1):
        try:
            record: dict[str, Any] = json.loads(line)
            name: MemoryName = record["memory"]
            rows[name].append(from_json(name, record))
        except (*NOT_A_RECORD, BadRowError) as error:
            why = f" ({error})" if isinstance(error, BadRowError) else ""
            raise StoreError(
                f"{path} line {number} is not an exported memory row{why}: nothing was imported"
            ) from error
    latest = max((row.touched for name in MEMORIES for row in rows[name]), default=0)
    episode = IMPORTED + hashlib.sha256(data).hexdigest()[:16]
    return Lessons(episode, latest, {name: tuple(rows[name]) for name in MEMORIES})
