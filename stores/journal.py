"""The journal of a memory folder: what was committed, a line an episode, before the index.

Chroma is the index; this file is the truth that it can be rebuilt from.
"""

import warnings
from collections.abc import Iterator
from pathlib import Path

import durable
from stores.errors import StoreError
from stores.journal_lines import header_line, lessons_line, summary_line
from stores.read_journal import Contents, embedding_of, replay, tell
from stores.rows import Lessons

SLIM_ABOVE = 8_000_000  # bytes
SLIM_FACTOR = 4


class Journal:
    """JSON lines, appended; a line is either wholly there or was never acknowledged."""

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
        if not self.started_empty:
            self._check_header()

    def append(self, *batch: Lessons) -> None:
        """Writes episodes' lessons to disk before returning, all or none."""
        header = b"" if self._size() else header_line(self._embedding)
        durable.append(self.path, header + b"".join(map(lessons_line, batch)))
        if self._committed is not None:
            self._committed.update(lessons.episode for lessons in batch)

    def lessons(self) -> Iterator[Lessons]:
        """Everything that it tells, in order."""
        return (told.lessons for told in tell(self.path))

    def committed(self) -> frozenset[str]:
        """The episodes that were committed, those of `rewrite` among them."""
        if self._committed is None:
            self._committed = {name for told in tell(self.path) for name in told.committed}
        return frozenset(self._committed)

    def contents(self, capacity: int) -> Contents:
        """The rows that the index must hold."""
        told = replay(self.path, capacity)
        self._committed = told.committed
        return told.rows

    def rewrite(self, rows: Contents) -> None:
        """Becomes, at once, a journal of these rows that knows the same episodes as committed."""
        durable.replace(self.path, self._summary(rows))

    def slim(self, rows: Contents) -> None:
        """Forgets how its rows came about, where that takes far more room than they do."""
        if self._size() > SLIM_ABOVE:
            summary = self._summary(rows)
            if self._size() > SLIM_FACTOR * len(summary):
                durable.replace(self.path, summary)

    def _summary(self, rows: Contents) -> bytes:
        return header_line(self._embedding) + summary_line(rows, self.committed())

    def _size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def _check_header(self) -> None:
        found = embedding_of(self.path)
        if found != self._embedding:
            raise StoreError(
                f"{self.path} was made with embedding {found!r}, not {self._embedding!r}: "
                "use that embedding, or another memory"
            )
