"""The journal of a memory folder: what was committed, a line an episode, before the index.

Chroma is the index; this file is the truth that it can be rebuilt from.
"""

import os
import warnings
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

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
        self._drop_unfinished_line()
        self.started_empty = self._size() == 0
        if not self.started_empty:
            self._check_header()

    def append(self, *batch: Lessons) -> None:
        """Writes episodes' lessons to disk before returning, all or none."""
        header = b"" if self._size() else header_line(self._embedding)
        self._append(header + b"".join(map(lessons_line, batch)))
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
        self._replace(self._summary(rows))

    def slim(self, rows: Contents) -> None:
        """Forgets how its rows came about, where that takes far more room than they do."""
        if self._size() > SLIM_ABOVE:
            summary = self._summary(rows)
            if self._size() > SLIM_FACTOR * len(summary):
                self._replace(summary)

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

    def _drop_unfinished_line(self) -> None:
        data = self.path.read_bytes() if self.path.exists() else b""
        if data and not data.endswith(b"\n"):
            whole = data.rfind(b"\n") + 1
            warnings.warn(
                f"{self.path} ended in an unfinished line, which was dropped; "
                "no committed episode is lost",
                stacklevel=2,
            )
            with self.path.open("r+b") as file:
                file.truncate(whole)

    def _append(self, lines: bytes) -> None:
        whole = self._size()
        try:
            with self.path.open("ab") as file:
                file.write(lines)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            os.truncate(self.path, whole)  # half a line would spoil the next
            raise

    def _replace(self, lines: bytes) -> None:
        partial = self.path.with_name(self.path.name + ".partial")
        try:
            with partial.open("wb") as file:
                file.write(lines)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(self.path)
        except OSError:
            partial.unlink(missing_ok=True)
            raise
        _sync(self.path.parent)


def _sync(folder: Path) -> None:
    """Makes a new name in a folder outlast a power cut, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
