"""Reads a journal without changing it, also while another process appends to it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import durable
from stores.errors import StoreError
from stores.journal_lines import NOT_A_RECORD, SCHEMA, JournalEntry, parse_header, parse_line
from stores.rows import MEMORIES, MemoryName, Row, apply_lessons, prune

RowsByMemory = dict[MemoryName, dict[str, Row]]


@dataclass(frozen=True)
class JournalState:
    """The rows that result from a journal, and the committed episodes."""

    rows: RowsByMemory
    committed: set[str]


def read_journal(path: Path, capacity: int) -> JournalState:
    """Applies every entry of a journal in order, pruning to the capacity."""
    rows: RowsByMemory = {name: {} for name in MEMORIES}
    committed: set[str] = set()
    for entry in journal_entries(path):
        committed.update(entry.committed)
        for name in MEMORIES:
            rows[name].update(apply_lessons(rows[name], entry.lessons, name))
            if len(rows[name]) > capacity:
                rows[name] = prune(rows[name], capacity)
    return JournalState(rows, committed)


def journal_entries(path: Path) -> Iterator[JournalEntry]:
    """The entries in order."""
    for number, line in durable.whole_lines(path):
        if number == 1:
            continue
        try:
            yield parse_line(line)
        except NOT_A_RECORD as error:
            raise StoreError(
                f"{path} line {number} is damaged: delete that line to lose only its episodes, "
                "or move the folder aside to start anew"
            ) from error


def journal_embedding(path: Path) -> str | None:
    """The embedding in the header of a journal, if there is one."""
    line = next((line for _, line in durable.whole_lines(path)), None)
    if line is None:
        return None
    try:
        schema, embedding = parse_header(line)
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
