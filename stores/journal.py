"""The journal of a memory folder: what was committed, a line an episode, before the index.

Chroma is the index; this file is the truth that it can be rebuilt from.
"""

import json
import os
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from stores.errors import StoreError
from stores.rows import MEMORIES, Lessons, MemoryName, Row, learn, prune

SCHEMA = 1

NOT_A_RECORD = (ValueError, KeyError, TypeError, AttributeError, OverflowError)

Contents = dict[MemoryName, dict[str, Row]]


class Journal:
    """Append-only JSON lines; a line is either wholly there or was never acknowledged."""

    def __init__(self, path: Path, embedding: str) -> None:
        self.path = path
        self._header = {"schema": SCHEMA, "embedding": embedding}
        self._drop_unfinished_line()
        self.started_empty = self._size() == 0
        if not self.started_empty:
            self._check_header(embedding)

    def append(self, lessons: Lessons) -> None:
        """Writes an episode's lessons to disk before returning."""
        if self._size() == 0:
            self._append(self._header)
        self._append(
            {
                "episode": lessons.episode,
                "at": lessons.at,
                "rows": {
                    name: [to_json(row) for row in rows] for name, rows in lessons.rows.items()
                },
                "used": lessons.used,
            }
        )

    def lessons(self) -> Iterator[Lessons]:
        """Everything committed, in order."""
        for number, line in self._lines():
            if number == 1:
                continue
            try:
                record = json.loads(line)
                yield Lessons(
                    str(record["episode"]),
                    int(record["at"]),
                    {n: tuple(map(from_json, record["rows"].get(n, ()))) for n in MEMORIES},
                    {n: tuple(record["used"].get(n, ())) for n in MEMORIES},
                )
            except NOT_A_RECORD as error:
                raise StoreError(
                    f"{self.path} line {number} is damaged: delete that line to lose only its "
                    "episode, or move the folder aside to start anew"
                ) from error

    def contents(self, capacity: int) -> Contents:
        """The rows that the index must hold."""
        contents: Contents = {name: {} for name in MEMORIES}
        for lessons in self.lessons():
            for name in MEMORIES:
                contents[name] = prune(learn(contents[name], lessons, name), capacity)
        return contents

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        if self._size():
            with self.path.open("rb") as lines:
                yield from enumerate(lines, start=1)

    def _size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def _check_header(self, embedding: str) -> None:
        _, line = next(self._lines())
        try:
            header: Any = json.loads(line)
            schema, found = header["schema"], header["embedding"]
        except NOT_A_RECORD as error:
            raise StoreError(
                f"{self.path} is not a memory journal: move its folder aside to start anew"
            ) from error
        if schema != SCHEMA:
            raise StoreError(
                f"{self.path} has schema {schema}, this version reads {SCHEMA}: "
                "use another memory, or the version of billp that wrote it"
            )
        if found != embedding:
            raise StoreError(
                f"{self.path} was made with embedding {found!r}, not {embedding!r}: "
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

    def _append(self, record: Mapping[str, Any]) -> None:
        whole = self._size()
        line = json.dumps(record, ensure_ascii=False) + "\n"
        try:
            with self.path.open("ab") as file:
                file.write(line.encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            os.truncate(self.path, whole)  # half a line would spoil the next
            raise


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
