"""The journal of a memory folder: one line per committed episode, written before the index.

The journal is the source of truth; the Chroma index can be rebuilt from it.
"""

import warnings
from pathlib import Path

import durable
from stores.errors import StoreError
from stores.journal_lines import (
    RowsByMemory,
    header_line,
    journal_embedding,
    journal_entries,
    lessons_line,
    read_journal,
    summary_line,
)
from stores.rows import Lessons

COMPACT_ABOVE = 8_000_000  # bytes
COMPACT_FACTOR = 4


class Journal:
    """Appended JSON lines; a line is complete or was never acknowledged."""

    def __init__(self, path: Path, embedding: str) -> None:
        self.path = path
        self._embedding = embedding
        self._committed: set[str] | None = None
        if durable.drop_unfinished_line(path):
            warnings.warn(
                f"{path} ended in an unfinished line, which was dropped; "
                "no committed episode is lost",
                stacklevel=2,
            )
        self.started_empty = self._size() == 0
        found = embedding if self.started_empty else journal_embedding(path)
        if found != embedding:
            raise StoreError(
                f"{path} was made with embedding {found!r}, not {embedding!r}: "
                "use that embedding, or another memory"
            )

    def append(self, *batch: Lessons) -> None:
        """Appends lessons durably, all or none."""
        header = b"" if self._size() else header_line(self._embedding)
        durable.append(self.path, header + b"".join(map(lessons_line, batch)))
        if self._committed is not None:
            self._committed.update(lessons.episode for lessons in batch)

    def committed(self) -> frozenset[str]:
        """The committed episodes, including compacted ones."""
        if self._committed is None:
            self._committed = {name for _, names in journal_entries(self.path) for name in names}
        return frozenset(self._committed)

    def contents(self, capacity: int) -> RowsByMemory:
        """The rows that the index must hold."""
        state = read_journal(self.path, capacity)
        self._committed = state.committed
        return state.rows

    def compact(self, rows: RowsByMemory) -> None:
        """Replaces all entries by one with these rows and the same committed episodes."""
        durable.replace(self.path, self._summary(rows))

    def compact_if_large(self, rows: RowsByMemory) -> None:
        """Compacts a journal that is much larger than its rows."""
        if self._size() > COMPACT_ABOVE:
            summary = self._summary(rows)
            if self._size() > COMPACT_FACTOR * len(summary):
                durable.replace(self.path, summary)

    def _summary(self, rows: RowsByMemory) -> bytes:
        return header_line(self._embedding) + summary_line(rows, self.committed())

    def _size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0
