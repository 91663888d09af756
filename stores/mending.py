"""What is missing of a journal, and what the index has of it.

A journal misses a line where numbers have a gap, where more episodes were counted than are named,
and where it ends before the commit record or the index does.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from stores.commit_record import CommitRecord
from stores.journal_lines import JournalState, Reading, RowsByMemory, state_after
from stores.sources import episodes_of


@dataclass(frozen=True)
class Gap:
    """Missing lines, by the number of the last of them, and how many episodes they told of."""

    last: int
    episodes: int


@dataclass(frozen=True)
class Damage:
    """What is wrong with a journal."""

    gaps: tuple[Gap, ...]
    header: bool
    unread: int
    disordered: bool

    @property
    def episodes(self) -> int:
        """How many episodes stand in no line that can be read."""
        return sum(gap.episodes for gap in self.gaps)


UNDAMAGED = Damage((), False, 0, False)


@dataclass(frozen=True)
class IndexState:
    """The last line of the journal that an index holds, if it knows, and how to read its rows."""

    seq: int | None
    read: Callable[[], RowsByMemory]

    def holds(self, gap: Gap) -> bool:
        """Whether what the missing lines taught is in the index."""
        return self.seq is None or gap.last <= self.seq


@dataclass(frozen=True)
class Mended:
    """What a journal tells after all, with how many episodes were restored and lost."""

    state: JournalState
    restored: int
    lost: int
    nameless: int


def damage_of(reading: Reading, record: CommitRecord, index: IndexState | None) -> Damage | None:
    """What is wrong with a journal, as far as lines, record and index can tell; None if nothing."""
    inner = tuple(_inner_gaps(reading))
    gaps = (*inner, *_end_gap(reading, record, index, sum(gap.episodes for gap in inner)))
    damage = Damage(gaps, reading.header_damaged, reading.unread, reading.disordered)
    return None if damage == UNDAMAGED else damage


def mend(
    damage: Damage, reading: Reading, record: CommitRecord, index: IndexState | None, capacity: int
) -> Mended:
    """The index's rows with what later lines teach, or without an index what can be read."""
    read = state_after(reading.lines, capacity)
    if index is None or (index.seq is not None and index.seq < reading.first):
        return Mended(read, 0, damage.episodes, 0)
    restored = sum(gap.episodes for gap in damage.gaps if index.holds(gap))
    expected, held = len(read.committed) + restored, index.read()
    committed = read.committed | record.up_to(record.last if index.seq is None else index.seq)
    if len(committed) < expected:  # facts name the episodes that they come from
        committed |= episodes_of(held)
    later = [line for line in reading.lines if index.seq is None or line.seq > index.seq]
    rows = state_after(later, capacity, held).rows
    nameless = max(0, expected - len(committed))
    return Mended(JournalState(rows, committed), restored, damage.episodes - restored, nameless)


def _inner_gaps(reading: Reading) -> Iterator[Gap]:
    """Before each line, by its number and by how many episodes it counts before its own."""
    seq, total = reading.first - 1, 0
    for line in reading.lines:
        missing = line.total - len(line.episodes) - total
        if line.seq > seq + 1 or missing > 0:
            yield Gap(line.seq - 1, max(missing, 0))
        seq, total = line.seq, line.total


def _end_gap(
    reading: Reading, record: CommitRecord, index: IndexState | None, missing: int
) -> Iterator[Gap]:
    """After the last line; `missing` episodes are known to be missing before it."""
    read = {name for line in reading.lines for name in line.episodes}
    last = max(record.last, (index.seq if index else None) or 0)
    named = len(record.up_to(last) - read) - missing
    if last > reading.last:
        unnamed = last - max(record.last, reading.last)
        yield Gap(last, max(0, named) + unnamed)
    elif reading.is_empty and index and any((rows := index.read()).values()):
        yield Gap(0, len(episodes_of(rows)))
    elif reading.unread_at_end:
        end = reading.unread_at_end
        yield Gap(reading.last + end, max(end, named))
