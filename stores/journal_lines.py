"""The lines of a journal, and rows as they stand in journals and exports.

Reading changes nothing, so it is safe while another process appends to the journal.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import durable
from stores.errors import StoreError
from stores.rows import MEMORIES, Lessons, MemoryName, Row, apply_lessons, prune

SCHEMA = 1
NOT_A_RECORD = (ValueError, KeyError, TypeError, AttributeError, OverflowError)

RowsByMemory = dict[MemoryName, dict[str, Row]]


@dataclass(frozen=True)
class JournalState:
    """The rows that result from a journal, and the committed episodes."""

    rows: RowsByMemory
    committed: set[str]


def header_line(embedding: str) -> bytes:
    """A journal's first line."""
    return _line({"schema": SCHEMA, "embedding": embedding})


def lessons_line(lessons: Lessons) -> bytes:
    """An episode's line."""
    return _line(_record(lessons))


def summary_line(rows: RowsByMemory, committed: Collection[str]) -> bytes:
    """One line for many episodes: their resulting rows and their names."""
    kept = {name: tuple(rows[name].values()) for name in MEMORIES}
    latest = max((row.touched for name in MEMORIES for row in kept[name]), default=0)
    summary = Lessons(f"compacted-{len(committed)}", latest, kept)
    return _line({**_record(summary), "committed": sorted(committed)})


def to_json(row: Row) -> dict[str, Any]:
    """A row as it stands in journals and exports."""
    record: dict[str, Any] = {"text": row.text, "entries": row.entries, "touched": row.touched}
    if row.situation is not None:
        record["situation"] = row.situation
    return record if row.fields is None else {**record, "fields": row.fields}


def from_json(record: Mapping[str, Any]) -> Row:
    """Reads what `to_json` wrote; else raises one of NOT_A_RECORD."""
    text, entries, touched = record["text"], record["entries"], record["touched"]
    situation, fields = record.get("situation"), record.get("fields")  # older rows have none
    stamps = [touched, *(entry["at"] for entry in entries.values())]
    if not isinstance(text, str) or not all(type(at) is int and 0 <= at < 2**63 for at in stamps):
        raise ValueError("not a memory row")
    if not isinstance(situation, str | None):
        raise ValueError("not a situation")
    if not isinstance(fields, dict | None):
        raise ValueError("not the fields of a reflection")
    known = json.dumps([text, situation, fields], ensure_ascii=False)
    known.encode()  # half a surrogate pair has no place in a file
    return Row(text, entries, touched, situation, fields)


def read_journal(path: Path, capacity: int) -> JournalState:
    """Applies every entry of a journal in order, pruning to the capacity."""
    rows: RowsByMemory = {name: {} for name in MEMORIES}
    committed: set[str] = set()
    for lessons, episodes in journal_entries(path):
        committed.update(episodes)
        for name in MEMORIES:
            rows[name].update(apply_lessons(rows[name], lessons, name))
            if len(rows[name]) > capacity:
                rows[name] = prune(rows[name], capacity)
    return JournalState(rows, committed)


def journal_entries(path: Path) -> Iterator[tuple[Lessons, list[str]]]:
    """The lessons of each line in order, and the episodes that it marks as committed."""
    for number, line in durable.whole_lines(path):
        if number == 1:
            continue
        try:
            record: Any = json.loads(line)
            lessons = Lessons(
                str(record["episode"]),
                int(record["at"]),
                {name: tuple(map(from_json, record["rows"].get(name, ()))) for name in MEMORIES},
                {name: tuple(map(str, record["used"].get(name, ()))) for name in MEMORIES},
                None if (reward := record.get("reward")) is None else float(reward),
            )
            committed = list(map(str, record.get("committed", [lessons.episode])))
        except NOT_A_RECORD as error:
            raise StoreError(
                f"{path} line {number} is damaged: delete that line to lose only its episodes, "
                "or move the folder aside to start anew"
            ) from error
        yield lessons, committed


def journal_embedding(path: Path) -> str | None:
    """The embedding in the header of a journal, if there is one."""
    line = next((line for _, line in durable.whole_lines(path)), None)
    if line is None:
        return None
    try:
        header: Any = json.loads(line)
        schema, embedding = header["schema"], header["embedding"]
        if not isinstance(embedding, str) or not embedding:
            raise ValueError("no embedding")
    except NOT_A_RECORD as error:
        raise StoreError(
            f"{path} is not a memory journal: move its folder aside to start anew"
        ) from error
    if schema != SCHEMA:
        raise StoreError(
            f"{path} has schema {schema}, this version reads {SCHEMA}: "
            "use another memory, or the version of billp that wrote it"
        )
    return embedding


def _record(lessons: Lessons) -> dict[str, Any]:
    return {
        "episode": lessons.episode,
        "at": lessons.at,
        "rows": {name: [to_json(row) for row in rows] for name, rows in lessons.rows.items()},
        "used": lessons.used,
        **({} if lessons.reward is None else {"reward": lessons.reward}),
    }


def _line(record: Mapping[str, Any]) -> bytes:
    return (json.dumps(record, ensure_ascii=False) + "\n").encode()
