"""What a journal says, read without changing it: also while another process appends to it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import durable
from stores.errors import StoreError
from stores.journal_lines import NOT_A_RECORD, SCHEMA, Told, parse_header, parse_line
from stores.rows import MEMORIES, MemoryName, Row, learned, prune

Contents = dict[MemoryName, dict[str, Row]]


@dataclass(frozen=True)
class Replayed:
    """The rows that a journal's lessons come to, and the episodes that taught them."""

    rows: Contents
    committed: set[str]


def replay(path: Path, capacity: int) -> Replayed:
    """Learns everything anew."""
    rows: Contents = {name: {} for name in MEMORIES}
    committed: set[str] = set()
    for told in tell(path):
        committed.update(told.committed)
        for name in MEMORIES:
            rows[name].update(learned(rows[name], told.lessons, name))
            if len(rows[name]) > capacity:
                rows[name] = prune(rows[name], capacity)
    return Replayed(rows, committed)


def tell(path: Path) -> Iterator[Told]:
    """Everything committed, in order."""
    for number, line in durable.whole_lines(path):
        if number == 1:
            continue
        try:
            yield parse_line(line)
        except NOT_A_RECORD as error:
            raise StoreError(
                f"{path} line {number} is damaged: delete that line to lose only what it tells, "
                "or move the folder aside to start anew"
            ) from error


def embedding_of(path: Path) -> str | None:
    """The embedding that a journal's first line names; none where it has not even that."""
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
