"""Serialises the lines of a journal, and rows in journals and exports."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from stores.rows import MEMORIES, Lessons, MemoryName, Row

SCHEMA = 1
NOT_A_RECORD = (ValueError, KeyError, TypeError, AttributeError, OverflowError)


@dataclass(frozen=True)
class JournalEntry:
    """A parsed line: lessons, and the episodes that it marks as committed."""

    lessons: Lessons
    committed: tuple[str, ...]


def header_line(embedding: str) -> bytes:
    """A journal's first line."""
    return _line({"schema": SCHEMA, "embedding": embedding})


def parse_header(line: bytes) -> tuple[int, str]:
    """The schema and the embedding of a journal's first line; else one of NOT_A_RECORD."""
    header: Any = json.loads(line)
    schema, embedding = header["schema"], header["embedding"]
    if not isinstance(embedding, str) or not embedding:
        raise ValueError("no embedding")
    return schema, embedding


def lessons_line(lessons: Lessons) -> bytes:
    """An episode's line."""
    return _line(_record(lessons))


def summary_line(rows: Mapping[MemoryName, Mapping[str, Row]], committed: Collection[str]) -> bytes:
    """One line for many episodes: their resulting rows and their names."""
    kept = {name: tuple(rows[name].values()) for name in MEMORIES}
    latest = max((row.touched for name in MEMORIES for row in kept[name]), default=0)
    summary = Lessons(f"compacted-{len(committed)}", latest, kept)
    return _line({**_record(summary), "committed": sorted(committed)})


def parse_line(line: bytes) -> JournalEntry:
    """Reads what `lessons_line` or `summary_line` wrote; else one of NOT_A_RECORD."""
    record: Any = json.loads(line)
    lessons = Lessons(
        str(record["episode"]),
        int(record["at"]),
        {name: tuple(map(from_json, record["rows"].get(name, ()))) for name in MEMORIES},
        {name: tuple(map(str, record["used"].get(name, ()))) for name in MEMORIES},
    )
    return JournalEntry(lessons, tuple(map(str, record.get("committed", [lessons.episode]))))


def to_json(row: Row) -> dict[str, Any]:
    """A row as it stands in journals and exports."""
    return {"text": row.text, "entries": row.entries, "touched": row.touched}


def from_json(record: Mapping[str, Any]) -> Row:
    """Reads what `to_json` wrote."""
    text, entries, touched = record["text"], record["entries"], record["touched"]
    stamps = [touched, *(entry["at"] for entry in entries.values())]
    if not isinstance(text, str) or not all(type(at) is int and 0 <= at < 2**63 for at in stamps):
        raise ValueError("not a memory row")
    text.encode()  # half a surrogate pair has no place in a file
    return Row(text, entries, touched)


def _record(lessons: Lessons) -> dict[str, Any]:
    return {
        "episode": lessons.episode,
        "at": lessons.at,
        "rows": {name: [to_json(row) for row in rows] for name, rows in lessons.rows.items()},
        "used": lessons.used,
    }


def _line(record: Mapping[str, Any]) -> bytes:
    return (json.dumps(record, ensure_ascii=False) + "\n").encode()
