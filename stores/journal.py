"""The journal of a memory folder: one line per committed episode, written before the index.

The journal is the source of truth; the Chroma index can be rebuilt from it. A damaged journal is
mended from the index, as far as that goes.
"""

import warnings
from collections.abc import Sequence
from pathlib import Path

import durable
from stores.commit_record import RECORD, read_commit_record
from stores.errors import StoreError
from stores.journal_lines import (
    FOREIGN,
    SCHEMA,
    JournalState,
    Line,
    Reading,
    RowsByMemory,
    header_line,
    lessons_line,
    read_journal,
    state_after,
    summary,
)
from stores.mending import Damage, IndexState, Mended, damage_of, mend
from stores.rows import Lessons

COMPACT_ABOVE = 8_000_000  # bytes
COMPACT_FACTOR = 4


class Journal:
    """Appended lines; a line is complete or was never acknowledged."""

    def __init__(self, path: Path, embedding: str, *, as_closed: bool = False) -> None:
        """Reads the lines, or, where all files are as they were closed, only their record."""
        self.path = path
        self._embedding = embedding
        self._record = read_commit_record(path.with_name(RECORD))
        reading = self._as_recorded() if as_closed else read_journal(path)
        self.started_empty = reading.is_empty
        if reading.is_foreign and not self._record.last:
            raise StoreError(f"{path} {FOREIGN}")
        found = self._record.embedding if reading.embedding is None else reading.embedding
        if found is not None and found != embedding:
            raise StoreError(
                f"{path} was made with embedding {found!r}, not {embedding!r}: "
                "use that embedding, or another memory"
            )
        self._schema = SCHEMA if reading.is_empty else reading.schema
        self._last = max(reading.last, self._record.last)
        self._lines = {line.seq: line.episodes for line in reading.lines}
        if as_closed:
            self._lines = dict(self._record.lines)
        self._committed = {name for names in self._lines.values() for name in names}
        self._reading: Reading | None = None if as_closed else reading  # until the file changes
        self._drop_unfinished_line(reading)

    @property
    def is_numbered(self) -> bool:
        """Whether its lines have numbers and checksums, as those of older versions do not."""
        return self._schema == SCHEMA

    @property
    def size(self) -> int:
        """The bytes of its file."""
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def seq(self) -> int:
        """The number of the last line."""
        return self._last

    def append(self, *batch: Lessons) -> None:
        """Appends lessons durably, all or none; a journal of schema 1 is written anew with them."""
        lines, total = list[Line](), len(self._committed)
        for seq, lessons in enumerate(batch, start=self._last + 1):
            total += 1
            lines.append(Line(seq, total, lessons, (lessons.episode,)))
        new = b"".join(map(lessons_line, lines))
        if self._schema != SCHEMA:
            old = b"".join(map(lessons_line, self._read().lines))
            durable.replace(self.path, header_line(self._embedding, 1) + old + new)
        else:
            header = b"" if self.size else header_line(self._embedding, self._last + 1)
            durable.append(self.path, header + new)
        self._wrote(lines)

    def committed(self) -> frozenset[str]:
        """The committed episodes, including compacted ones."""
        return frozenset(self._committed)

    def contents(self, capacity: int) -> RowsByMemory:
        """The rows that the index must hold."""
        return state_after(self._read().lines, capacity).rows

    def compact(self, rows: RowsByMemory) -> None:
        """Replaces all entries by one with these rows and the same committed episodes."""
        self._replace(JournalState(rows, self._committed))

    def compact_if_large(self, rows: RowsByMemory) -> None:
        """Compacts a journal that is much larger than its rows."""
        if self.size > COMPACT_ABOVE:
            line = summary(rows, self._committed, self._last + 1)
            if self.size > COMPACT_FACTOR * len(lessons_line(line)):
                self.compact(rows)

    def confirm(self) -> None:
        """Records that the index holds every line."""
        self._record.keep(self._lines, self._embedding)
        self._reading = None

    def damage(self, index: IndexState | None = None) -> Damage | None:
        """What is wrong with this journal; an index can tell that its end is missing."""
        return damage_of(self._read(), self._record, index)

    def mend(self, damage: Damage, index: IndexState | None, capacity: int) -> RowsByMemory:
        """Writes it anew with what can be read and what the index has, and says what that is."""
        mended = mend(damage, self._read(), self._record, index, capacity)
        self._last = max(self._last, (index.seq if index else None) or 0)
        warnings.warn(f"{self.path} {_told(damage, mended)}", stacklevel=4)
        self._replace(mended.state)
        return mended.state.rows

    def _as_recorded(self) -> Reading:
        """What is known of a whole journal without its lines."""
        first = self._record.last + 1
        return Reading(embedding=self._record.embedding, first=first, is_empty=False)

    def _replace(self, state: JournalState) -> None:
        line = summary(state.rows, state.committed, self._last + 1)
        durable.replace(self.path, header_line(self._embedding, line.seq) + lessons_line(line))
        self._lines, self._committed = {}, set()
        self._wrote([line])

    def _wrote(self, lines: Sequence[Line]) -> None:
        self._schema, self._reading = SCHEMA, None
        for line in lines:
            self._lines[line.seq] = line.episodes
            self._committed.update(line.episodes)
            self._last = line.seq

    def _read(self) -> Reading:
        if self._reading is None:
            self._reading = read_journal(self.path)
        return self._reading

    def _drop_unfinished_line(self, reading: Reading) -> None:
        if not durable.drop_unfinished_line(self.path) or self._record.last > reading.last:
            return  # a lost end is told where it is mended
        known = "" if self._record.last else "unless a committed one was cut off here, "
        warnings.warn(
            f"{self.path} ended in an unfinished line, which was dropped; "
            f"{known}no committed episode is lost",
            stacklevel=3,
        )


def has_doubled(size: int, replayed: int) -> bool:
    """Whether a journal has grown so much since it was replayed that it may be too large."""
    return size > max(COMPACT_ABOVE, 2 * replayed)


def _told(damage: Damage, mended: Mended) -> str:
    """What happened to a journal and its episodes, as the end of a sentence."""
    wrong = ["its first line cannot be read"] * damage.header
    wrong += [f"{_counted(damage.unread, 'line')} cannot be read"] * bool(damage.unread)
    wrong += [f"it misses {_counted(damage.episodes)}"] * bool(damage.gaps)
    wrong += ["lines stand twice or out of order"] * damage.disordered
    done = ["no committed episode is lost"] * (not mended.lost)
    if mended.restored:
        done.append(f"{_counted(mended.restored)} restored from the index")
    if mended.lost:
        done.append(f"{_counted(mended.lost)} lost, which the index does not hold either")
    if mended.nameless:
        done.append(
            f"of {mended.nameless} the name is lost, and a resumed run may learn them again"
        )
    return f"is damaged ({', '.join(wrong)}): written anew, {'; '.join(done)}"


def _counted(count: int, what: str = "episode") -> str:
    return f"{count} {what}{'s' * (count != 1)}"
