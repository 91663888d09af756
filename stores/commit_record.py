"""Which episodes each line of a journal tells of, in a file beside it.

A line is added when the index holds what the journal's line teaches. So a journal that ends before
this record does has lost its end, and the names of the episodes in its lost lines are known.
"""

from dataclasses import dataclass, field
from pathlib import Path

import durable

RECORD = "committed.jsonl"


@dataclass
class CommitRecord:
    """Episodes by the number of their line, as far as they can be read."""

    path: Path
    embedding: str | None = None
    lines: dict[int, tuple[str, ...]] = field(default_factory=dict)
    is_whole: bool = True

    @property
    def last(self) -> int:
        """The number of the last line that was committed; 0 if none is known."""
        return max(self.lines, default=0)

    def up_to(self, seq: int) -> set[str]:
        """The episodes of all lines up to a number."""
        return {name for at, names in self.lines.items() if at <= seq for name in names}

    def keep(self, lines: dict[int, tuple[str, ...]], embedding: str) -> None:
        """Makes the file say that these lines were committed; appends where that is enough."""
        goes_on = self.lines and self.is_whole and self.embedding == embedding
        if goes_on and self.lines.items() <= lines.items():
            new = [_line(seq, lines[seq]) for seq in lines if seq not in self.lines]
            if new:
                durable.append(self.path, b"".join(new))
        else:
            header = durable.checked_line({"embedding": embedding})
            durable.replace(self.path, header + b"".join(_line(*one) for one in lines.items()))
        self.lines, self.embedding, self.is_whole = dict(lines), embedding, True


def read_commit_record(path: Path) -> CommitRecord:
    """The record as far as it can be read; it holds nothing that is not elsewhere too."""
    found = CommitRecord(path)
    data = path.read_bytes() if path.exists() else b""
    for text in data.splitlines(keepends=True):
        record = durable.checked_record(text)
        if record is None:
            found.is_whole = False
        elif "embedding" in record:
            found.embedding = str(record["embedding"])
        else:
            found.lines[int(record["seq"])] = tuple(map(str, record["episodes"]))
    return found


def _line(seq: int, episodes: tuple[str, ...]) -> bytes:
    return durable.checked_line({"seq": seq, "episodes": episodes})
