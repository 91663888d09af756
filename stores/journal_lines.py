"""The lines of a journal, and rows as they stand in journals and exports.

Each line has a checksum, its number (`seq`, which goes on where a journal is written anew) and how
many episodes the journal tells of up to it (`total`). Journals of schema 1 have none of these; they
are read as if their lines were numbered. Reading changes nothing, so it is safe while another
process appends to the journal.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import durable
from stores.errors import StoreError
from stores.rows import MEMORIES, Lessons, MemoryName, Row, apply_lessons, prune
from stores.schema import NOT_A_RECORD, BadRowError, Skipped, check_row

SCHEMA, UNNUMBERED = 2, 1
FOREIGN = "is not a memory journal: move its folder aside to start anew"

RowsByMemory = dict[MemoryName, dict[str, Row]]


@dataclass(frozen=True)
class JournalState:
    """The rows that result from a journal, and the committed episodes."""

    rows: RowsByMemory
    committed: set[str]


@dataclass(frozen=True)
class Line:
    """Lessons, and the episodes that they are of: one, or those of a summary."""

    seq: int
    total: int
    lessons: Lessons
    episodes: tuple[str, ...]


@dataclass
class Reading:
    """What can be read of a journal, its lines in order."""

    schema: int = SCHEMA
    embedding: str | None = None  # None where there is no first line, or a damaged one
    first: int = 1
    lines: list[Line] = field(default_factory=list)
    is_empty: bool = True
    header_damaged: bool = False
    disordered: bool = False
    unread: int = 0  # lines that cannot be read
    unread_at_end: int = 0  # of these, the ones after the last that can be read

    @property
    def is_foreign(self) -> bool:
        """Whether nothing of it looks like a journal."""
        return self.header_damaged and not self.lines

    @property
    def last(self) -> int:
        """The number of the last line."""
        return self.lines[-1].seq if self.lines else self.first - 1


def header_line(embedding: str, first: int) -> bytes:
    """A journal's first line; `first` is the number of the next."""
    return durable.checked_line({"schema": SCHEMA, "embedding": embedding, "first": first})


def lessons_line(line: Line) -> bytes:
    """The line of an episode or a summary."""
    record = {"seq": line.seq, "total": line.total, **_record(line.lessons)}
    if line.episodes != (line.lessons.episode,):
        record["committed"] = line.episodes
    return durable.checked_line(record)


def summary(rows: RowsByMemory, committed: Collection[str], seq: int) -> Line:
    """One line for many episodes: their resulting rows and their names."""
    kept = {name: tuple(rows[name].values()) for name in MEMORIES}
    latest = max((row.touched for name in MEMORIES for row in kept[name]), default=0)
    lessons = Lessons(f"compacted-{len(committed)}", latest, kept)
    return Line(seq, len(committed), lessons, tuple(sorted(committed)))


def to_json(row: Row) -> dict[str, Any]:
    """A row as it stands in journals and exports."""
    record: dict[str, Any] = {"text": row.text, "entries": row.entries, "touched": row.touched}
    if row.situation is not None:
        record["situation"] = row.situation
    return record if row.fields is None else {**record, "fields": row.fields}


def from_json(name: MemoryName, record: Mapping[str, Any]) -> Row:
    """Reads what `to_json` wrote of a memory; else raises one of NOT_A_RECORD or `BadRowError`."""
    missing = [part for part in ("text", "entries", "touched") if part not in record]
    if missing:
        raise BadRowError(f"it has no {missing[0]!r}")
    row = Row(
        record["text"],
        record["entries"],
        record["touched"],
        record.get("situation"),  # older rows have neither
        record.get("fields"),
    )
    check_row(name, row)
    return row


def state_after(
    lines: Iterable[Line], capacity: int, before: RowsByMemory | None = None
) -> JournalState:
    """Applies lines in order to no rows or to those before, pruning to the capacity."""
    rows: RowsByMemory = {name: dict(before[name]) if before else {} for name in MEMORIES}
    committed: set[str] = set()
    for line in lines:
        committed.update(line.episodes)
        for name in MEMORIES:
            rows[name].update(apply_lessons(rows[name], line.lessons, name))
            if len(rows[name]) > capacity:
                rows[name] = prune(rows[name], capacity)
    return JournalState(rows, committed)


def read_journal(path: Path) -> Reading:
    """Every line that can be read; bad rows are skipped with a warning."""
    texts = [text for _, text in durable.whole_lines(path)]
    reading, skipped, lines = Reading(is_empty=not texts), Skipped(str(path)), list[Line]()
    if texts:
        _read_header(path, texts[0], reading)
    if reading.header_damaged and not any(map(durable.checked_record, texts[1:])):
        reading.schema = UNNUMBERED
    has_header = not reading.header_damaged or durable.checked_record(texts[0]) is None
    for text in texts[has_header:]:  # without its first line, it begins with another that is whole
        try:
            record = durable.checked_record(text)
            if reading.schema == UNNUMBERED:
                record = record or _numbered(json.loads(text), lines, reading.unread_at_end)
            lines.append(_read_line(record, skipped))
            reading.unread_at_end = 0
        except NOT_A_RECORD:
            reading.unread += 1
            reading.unread_at_end += 1
    skipped.tell()
    if reading.header_damaged:
        reading.first = min((line.seq for line in lines), default=1)
    by_seq = sorted(lines, key=lambda line: line.seq)
    reading.lines = [line for at, line in enumerate(by_seq) if not at or line != by_seq[at - 1]]
    reading.disordered = reading.lines != lines
    return reading


def _read_header(path: Path, text: bytes, reading: Reading) -> None:
    """Reads the first line; one of a schema that this version does not know is refused."""
    try:
        header = durable.checked_record(text) or _unnumbered(json.loads(text))
        reading.schema, reading.embedding = int(header["schema"]), str(header["embedding"])
        reading.first = int(header.get("first", 1))
    except NOT_A_RECORD:
        reading.header_damaged = True
        return
    if reading.schema not in (SCHEMA, UNNUMBERED):
        raise StoreError(
            f"{path} has schema {reading.schema}, this version reads {SCHEMA}: "
            "use another memory, or the version of billp that wrote it"
        )


def _unnumbered(header: Mapping[str, Any]) -> Mapping[str, Any]:
    """The first line of a journal of schema 1, which has no checksum."""
    if header.keys() != {"schema", "embedding"} or header["schema"] != UNNUMBERED:
        raise ValueError("not the first line of a journal")
    if not isinstance(header["embedding"], str) or not header["embedding"]:
        raise ValueError("no embedding")
    return header


def _numbered(record: Any, before: list[Line], unread: int) -> Any:
    """A line of schema 1 with a number; each unread line before it is taken for an episode."""
    seq, total = (before[-1].seq, before[-1].total) if before else (0, 0)
    new = len(record.get("committed", [None]))
    return {**record, "seq": seq + unread + 1, "total": total + unread + new}


def _read_line(record: Any, skipped: Skipped) -> Line:
    """A line with its number; raises one of NOT_A_RECORD for what is none."""
    lessons = _lessons(record, skipped)
    episodes = tuple(map(str, record.get("committed", [lessons.episode])))
    return Line(int(record["seq"]), int(record["total"]), lessons, episodes)


def _lessons(record: Mapping[str, Any], skipped: Skipped) -> Lessons:
    rows: dict[MemoryName, tuple[Row, ...]] = {}
    for name in MEMORIES:
        good = list[Row]()
        for row in record["rows"].get(name, ()):
            try:
                good.append(from_json(name, row))
            except (*NOT_A_RECORD, BadRowError) as error:
                skipped.add(name, error)
        rows[name] = tuple(good)
    return Lessons(
        str(record["episode"]),
        int(record["at"]),
        rows,
        {name: tuple(map(str, record["used"].get(name, ()))) for name in MEMORIES},
        None if (reward := record.get("reward")) is None else float(reward),
        record.get("user"),
    )


def _record(lessons: Lessons) -> dict[str, Any]:
    return {
        "episode": lessons.episode,
        "at": lessons.at,
        "rows": {name: [to_json(row) for row in rows] for name, rows in lessons.rows.items()},
        "used": lessons.used,
        **({} if lessons.reward is None else {"reward": lessons.reward}),
        **({} if lessons.user is None else {"user": lessons.user}),
    }
