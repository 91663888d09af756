"""The three memories of macro and micro learning, searched by similarity to a situation."""

import threading
from collections.abc import Callable, Hashable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import durable
from stores.embeddings import Embedder, default_embedder, squared_distances
from stores.errors import StoreError
from stores.exports import by_age, read_export, write_export
from stores.index import Index
from stores.journal import Journal
from stores.opening import in_memory, server
from stores.rows import (
    MEMORIES,
    Hit,
    Lessons,
    MemoryName,
    Row,
    apply_lessons,
    left_of,
    merge,
    merge_rows,
    touched_last,
)
from stores.schema import check_lessons
from stores.utility import Expectation, expectation

CAPACITY = 10_000  # rows
SETTINGS = "settings.json"  # of a memory folder
FIRST_K, LARGEST_K = 16, 1024

T = TypeVar("T")


class Memories:
    """Similarity search and commits of whole episodes; thread-safe."""

    def __init__(
        self,
        index: Index,
        embedder: Embedder,
        *,
        capacity: int = CAPACITY,
        journal: Journal | None = None,
    ) -> None:
        self._index = index
        self._embedder = embedder
        self.capacity = capacity
        self._journal = journal
        self._recorded = set(journal.committed()) if journal else set()
        self._committed = set(self._recorded)
        self._lock = threading.RLock()
        self._derived: dict[Hashable, tuple[int, Any]] = {}
        self._read: dict[MemoryName, dict[str, Row]] = {}  # by the only writer, to derive from
        self.frozen = False

    @staticmethod
    def in_memory(embedder: Embedder | None = None, *, capacity: int | None = None) -> "Memories":
        """Empty memories that vanish with the process."""
        embedder = embedder or default_embedder()
        return Memories(in_memory(embedder.name), embedder, capacity=capacity or CAPACITY)

    @staticmethod
    def in_folder(
        folder: Path | str, embedder: Embedder | None = None, *, capacity: int | None = None
    ) -> "Memories":
        """The memories kept in a folder, which is made if need be and locked until they close."""
        from stores.folder import MemoryFolder  # a kind of Memories: it imports this module

        return MemoryFolder(Path(folder), embedder or default_embedder(), capacity=capacity)

    @staticmethod
    def on_server(
        address: str,
        name: str = "default",
        embedder: Embedder | None = None,
        *,
        capacity: int | None = None,
    ) -> "Memories":
        """The memories of this name on a Chroma server; its address is HOST:PORT."""
        host, _, port = address.rpartition(":")
        if not host or not port.isdigit():
            raise StoreError(
                f"a Chroma server's address, as in BILLP_CHROMA, is HOST:PORT, not {address!r}"
            )
        embedder = embedder or default_embedder()
        index = server(host, int(port), name, embedder.name)
        return Memories(index, embedder, capacity=capacity or CAPACITY)

    def nearest(self, name: MemoryName, text: str, k: int) -> list[Hit]:
        """The k rows nearest to a text (Eq. 5)."""
        if k <= 0:
            return []
        vector = self._embedder.embed([text])[0]
        with self._lock:
            # more than k, as Chroma orders rows of equal distance arbitrarily
            return _sorted(self._index.search(name, vector, k + FIRST_K))[:k]

    def within(self, name: MemoryName, text: str, tau: float, own: Sequence[Row] = ()) -> list[Hit]:
        """The rows closer than tau to a text (Eq. 8, 14), including an episode's `own` rows.

        Of stored ones at most the 1,024 nearest.
        """
        vector = self._embedder.embed([text])[0]
        with self._lock:
            found = {hit.row.id: hit for hit in self._search_within(name, vector, tau)}
        for hit in self._scan(vector, tau, own):
            known = found.get(hit.row.id)
            found[hit.row.id] = Hit(merge(known.row, hit.row), known.distance) if known else hit
        return _sorted(found.values())

    def commit(self, lessons: Lessons) -> dict[MemoryName, int]:
        """Writes an episode's lessons, idempotently; returns the number of rows per memory."""
        self.commit_all([lessons])
        return {name: len(merge_rows(lessons.rows.get(name, ()))) for name in MEMORIES}

    def commit_all(self, batch: Sequence[Lessons]) -> None:
        """Equivalent to committing one by one in this order, but faster."""
        self._check_not_frozen()
        first: dict[str, Lessons] = {}
        for lessons in batch:
            check_lessons(lessons)
            first.setdefault(lessons.episode, lessons)
        with self._lock:
            unrecorded = [one for name, one in first.items() if name not in self._recorded]
            if self._journal and unrecorded:
                self._journal.append(*unrecorded)
                self._recorded.update(lessons.episode for lessons in unrecorded)
            unwritten = [one for name, one in first.items() if name not in self._committed]
            self._derived.clear()  # first, as a write may fail midway
            for name in MEMORIES:
                self._write(name, unwritten)
            self._committed.update(first)

    def counts(self) -> dict[MemoryName, int]:
        """The number of rows per memory."""
        with self._lock:
            return {name: self._index.count(name) for name in MEMORIES}

    def rows(self, name: MemoryName) -> list[Row]:
        """A memory's rows, oldest first."""
        with self._lock:
            return by_age(self._index.all(name).values())

    def derive(self, name: MemoryName, key: Hashable, make: Callable[[list[Row]], T]) -> T:
        """What `make` makes of a memory's rows under this key, kept while the memory is the same.

        Where another process writes to it too, only a changed number of rows is noticed.
        """
        with self._lock:
            count = self._index.count(name)
            known = self._derived.get((name, key))
            if known is None or known[0] != count:
                read = self._read.get(name)
                if self._journal is None or read is None or len(read) != count:
                    read = self._read[name] = self._index.all(name)
                known = self._derived[name, key] = count, make(by_age(read.values()))
            made: T = known[1]
            return made

    def expectation(self) -> Expectation:
        """What sessions returned so far, as far as reflections tell of them."""
        return self.derive("reflections", "expectation", expectation)

    def export(self, path: Path) -> int:
        """Exports all rows as JSON lines, replacing the file at once; returns their number."""
        return write_export(path, {name: self.rows(name) for name in MEMORIES})

    def import_from(self, path: Path) -> int:
        """Merges exported rows into these memories, all or none; returns their number."""
        lessons = read_export(path)
        self.commit(lessons)
        return sum(len(lessons.rows[name]) for name in MEMORIES)

    def close(self) -> None:
        """Closes Chroma."""
        with self._lock:
            self._index.close()

    def _search_within(self, name: MemoryName, vector: Any, tau: float) -> list[Hit]:
        """Searches for more and more neighbours until one lies beyond tau."""
        k = FIRST_K
        while True:
            hits = self._index.search(name, vector, k)  # fewer than k where some are unreadable
            near = [hit for hit in hits if hit.distance < tau]
            if len(near) < len(hits) or k >= min(LARGEST_K, self._index.count(name)):
                return near
            k *= 4

    def _scan(self, vector: Any, tau: float, own: Sequence[Row]) -> Iterable[Hit]:
        """Exact search, as an episode's own rows are few."""
        if rows := list(merge_rows(own).values()):
            vectors = self._embedder.embed([row.found_by for row in rows])
            for row, distance in zip(rows, squared_distances(vector, vectors), strict=True):
                if distance < tau:
                    yield Hit(row, float(distance))

    def _write(self, name: MemoryName, batch: Sequence[Lessons]) -> None:
        """Reads the rows that a batch is about, and writes them once; evicts where need be."""
        new = {row.id for lessons in batch for row in lessons.rows.get(name, ())}
        used = {id_ for lessons in batch for id_ in lessons.used.get(name, ())}
        if not new | used:
            return
        found, read = self._index.get(name, new | used), self._read.pop(name, None)
        is_full = self._index.count(name) + len(new - found.keys()) > self.capacity
        before = self._index.ages(name) if is_full else {}
        rows, ages = dict(found), dict(before)
        for lessons in batch:
            written = apply_lessons(rows, lessons, name)
            rows |= written
            if is_full:
                ages |= {id_: row.touched for id_, row in written.items()}
                if len(ages) > self.capacity:
                    ages = touched_last(ages, left_of(self.capacity))
                    rows = {id_: row for id_, row in rows.items() if id_ in ages}
        gone = before.keys() - ages.keys()
        self._index.sync(name, rows, found, self._embedder, gone=gone)
        if read is not None:
            self._read[name] = {id_: row for id_, row in read.items() if id_ not in gone} | rows

    def _forget_derived(self) -> None:
        """To be called where rows have changed otherwise than by a commit."""
        self._derived.clear()
        self._read.clear()

    def _check_not_frozen(self) -> None:
        if self.frozen:
            raise StoreError("these memories are frozen: nothing may be learned here")


def capacity_of(folder: Path) -> int:
    """How many rows each memory of a folder may have; the default unless another was given."""
    place = folder / SETTINGS
    if not place.exists():
        return CAPACITY
    record = durable.checked_record(place.read_bytes())
    if record is None:
        raise StoreError(
            f"{place} is damaged: delete it, and give the capacity again if it was not {CAPACITY:,}"
        )
    return int(record["capacity"])


def settled_capacity(folder: Path, capacity: int | None) -> int:
    """The capacity that is given, which the folder keeps, or the one that it has."""
    if capacity is None:
        return capacity_of(folder)
    place = folder / SETTINGS
    line = durable.checked_line({"capacity": capacity})
    if line != (place.read_bytes() if place.exists() else None):
        durable.replace(place, line)
    return capacity


def _sorted(hits: Iterable[Hit]) -> list[Hit]:
    """By distance; ties, which Chroma orders arbitrarily, by latest touch, then id."""
    return sorted(hits, key=lambda hit: (hit.distance, -hit.row.touched, hit.row.id))
