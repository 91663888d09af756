"""The three memories: what earlier episodes taught, found by nearness to a situation."""

import hashlib
import json
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from stores.embeddings import Embedder, squared_distances
from stores.errors import StoreError
from stores.index import Hit, Index
from stores.journal import NOT_A_RECORD, Journal, from_json, to_json
from stores.rows import MEMORIES, Lessons, MemoryName, Row, gather, learn, merge, prune

CAPACITY = 10_000
FIRST_LOOK, WIDEST_LOOK = 16, 1024


class Memories:
    """Reads by nearness, writes whole episodes; safe to share between threads."""

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
        self._capacity = capacity
        self._journal = journal
        self._recorded = {lessons.episode for lessons in journal.lessons()} if journal else set()
        self._committed = set(self._recorded)
        self._lock = threading.RLock()
        self.frozen = False

    def nearest(self, name: MemoryName, text: str, k: int) -> list[Hit]:
        """The k rows nearest to a text (Eq. 5)."""
        if k <= 0:
            return []
        with self._lock:
            vector = self._embedder.embed([text])[0]
            # a little more than k: which of several at one distance comes first is arbitrary
            return _sorted(self._index.search(name, vector, k + FIRST_LOOK))[:k]

    def within(self, name: MemoryName, text: str, tau: float, own: Sequence[Row] = ()) -> list[Hit]:
        """All rows closer than tau to a text (Eq. 8, 14), an episode's own lessons among them."""
        with self._lock:
            vector = self._embedder.embed([text])[0]
            found = {hit.row.id: hit for hit in self._reach(name, vector, tau)}
        for hit in self._scan(vector, tau, own):
            known = found.get(hit.row.id)
            found[hit.row.id] = Hit(merge(known.row, hit.row), known.distance) if known else hit
        return _sorted(found.values())

    def commit(self, lessons: Lessons) -> dict[MemoryName, int]:
        """Writes an episode's lessons once, however often it is called; says how many rows."""
        if self.frozen:
            raise StoreError("these memories are frozen: nothing may be learned here")
        with self._lock:
            if self._journal and lessons.episode not in self._recorded:
                self._journal.append(lessons)
                self._recorded.add(lessons.episode)
            if lessons.episode not in self._committed:
                for name in MEMORIES:
                    self._write(name, lessons)
                self._committed.add(lessons.episode)
        return {name: len(gather(lessons.rows.get(name, ()))) for name in MEMORIES}

    def counts(self) -> dict[MemoryName, int]:
        """How many rows each memory has."""
        with self._lock:
            return {name: self._index.count(name) for name in MEMORIES}

    def rows(self, name: MemoryName) -> list[Row]:
        """A memory's rows, oldest first."""
        with self._lock:
            return sorted(self._index.all(name).values(), key=lambda row: (row.touched, row.id))

    def export(self, path: Path) -> int:
        """Writes every row as a JSON line, replacing the file at once; says how many."""
        lines = [
            json.dumps({"memory": name, **to_json(row)}, ensure_ascii=False)
            for name in MEMORIES
            for row in self.rows(name)
        ]
        partial = path.with_name(path.name + ".partial")
        partial.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        partial.replace(path)
        return len(lines)

    def import_from(self, path: Path) -> int:
        """Joins exported rows into these memories, all or none; says how many."""
        rows: dict[MemoryName, list[Row]] = {name: [] for name in MEMORIES}
        try:
            data = path.read_bytes()
        except OSError as error:
            raise StoreError(f"{path} cannot be read ({error.strerror})") from error
        for number, line in enumerate(data.splitlines(), start=1):
            try:
                record: dict[str, Any] = json.loads(line)
                rows[record["memory"]].append(from_json(record))
            except NOT_A_RECORD as error:
                raise StoreError(
                    f"{path} line {number} is not an exported memory row: nothing was imported"
                ) from error
        everything = [row for name in MEMORIES for row in rows[name]]
        latest = max((row.touched for row in everything), default=0)
        batch = {name: tuple(rows[name]) for name in MEMORIES}
        self.commit(Lessons(f"import-{hashlib.sha256(data).hexdigest()[:16]}", latest, batch))
        return len(everything)

    def close(self) -> None:
        """Lets go of Chroma."""
        with self._lock:
            self._index.close()

    def _reach(self, name: MemoryName, vector: Any, tau: float) -> list[Hit]:
        """Asks for ever more neighbours until one lies beyond tau, or there are no more."""
        k = FIRST_LOOK
        while True:
            near = [hit for hit in self._index.search(name, vector, k) if hit.distance < tau]
            if len(near) < k or k >= WIDEST_LOOK:
                return near
            k *= 4

    def _scan(self, vector: Any, tau: float, own: Sequence[Row]) -> Iterable[Hit]:
        """Exact, since an episode's own rows are few."""
        rows = list(gather(own).values())
        if not rows:
            return []
        distances = squared_distances(vector, self._embedder.embed([row.text for row in rows]))
        pairs = zip(rows, distances, strict=True)
        return [Hit(row, float(distance)) for row, distance in pairs if distance < tau]

    def _write(self, name: MemoryName, lessons: Lessons) -> None:
        new = {row.id for row in lessons.rows.get(name, ())}
        before = self._index.get(name, new | set(lessons.used.get(name, ())))
        after = learn(before, lessons, name)
        rows = [row for id_, row in after.items() if id_ in new]
        if rows:
            self._index.put(name, rows, self._embedder.embed([row.text for row in rows]))
        self._index.update(name, [row for id_, row in after.items() if id_ not in new])
        if self._index.count(name) > self._capacity:
            kept = prune(self._index.all(name), self._capacity)
            self._index.replace(name, list(kept.values()), self._index.vectors(name, list(kept)))


def _sorted(hits: Iterable[Hit]) -> list[Hit]:
    """Nearest first, then latest touched, then by id: Chroma orders ties arbitrarily."""
    return sorted(hits, key=lambda hit: (hit.distance, -hit.row.touched, hit.row.id))
