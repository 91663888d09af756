"""A memory folder: a journal, a Chroma index derived from it, and a process lock."""

import json
import shutil
import warnings
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import Timeout

import durable
from stores.embeddings import Embedder
from stores.errors import StoreError, StoreInUseError, first_line
from stores.index import Index, embedded
from stores.journal import Journal
from stores.journal_lines import RowsByMemory
from stores.memories import CAPACITY, Memories
from stores.rows import MEMORIES, Lessons, MemoryName, last_used

PROBES = 16
NAMESPACE = "billp"
JOURNAL = "journal.jsonl"
ADOPTED = "adopted"
LOCK, LOCK_TIMEOUT = "lock", 0.2  # seconds; longer than `durable.is_locked` holds the lock
PREFIX = "chroma-"
CHECKSUMS = "sealed.json"  # of the search index files, which Chroma itself does not check
PANIC = "PanicException"  # raised by Chroma's Rust code on damaged files; not an Exception


class MemoryFolder(Memories):
    """Memories on disk; opening them repairs what a kill or a damaged file left."""

    def __init__(self, folder: Path, embedder: Embedder, *, capacity: int = CAPACITY) -> None:
        self.folder = folder
        self._process_lock = _locked(folder)
        try:
            self._own_journal = Journal(folder / JOURNAL, embedder.name)
            contents = self._own_journal.contents(capacity)
            with suppress(OSError):  # on a full disk the longer journal serves as well
                self._own_journal.compact_if_large(contents)
            chroma, index = _open_index(folder, self._own_journal, contents, embedder)
            self._checksums = _Checksums(chroma)
            self._checksums.write()
            super().__init__(index, embedder, capacity=capacity, journal=self._own_journal)
        except BaseException:
            self._process_lock.release()
            raise

    def commit_all(self, batch: Sequence[Lessons]) -> None:
        """See `Memories.commit_all`; a kill meanwhile is repaired at the next opening."""
        with self._lock, _explained_if_full(self.folder):
            self._check_lock()
            super().commit_all(batch)
            self._checksums.write()

    def compact(self, keep: int | None = None) -> dict[MemoryName, int]:
        """Replaces the journal by one entry with the rows; returns how many were dropped.

        `keep` limits each memory to the rows touched last. Committed episodes stay committed.
        """
        self._check_not_frozen()
        with self._lock, _explained_if_full(self.folder):
            self._check_lock()
            rows = self._own_journal.contents(self._capacity)
            kept = (
                rows if keep is None else {name: last_used(rows[name], keep) for name in MEMORIES}
            )
            self._own_journal.compact(kept)
            _sync(self._index, kept, self._embedder)
            self._committed |= self._recorded
            self._checksums.write()
        return {name: len(rows[name]) - len(kept[name]) for name in MEMORIES}

    def close(self) -> None:
        """Closes Chroma and releases the lock."""
        super().close()
        self._process_lock.release()

    def _check_lock(self) -> None:
        if self._process_lock.lost:
            raise StoreInUseError(
                f"memory folder {self.folder}: its file {LOCK!r} was deleted while it was in use, "
                "so another process may use it too: stop all that do, then start one again; "
                "nothing that was committed is lost"
            )


def _locked(folder: Path) -> durable.Lock:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = durable.Lock(folder / LOCK, LOCK_TIMEOUT)
        lock.acquire()
    except Timeout as error:
        raise StoreInUseError(
            f"memory folder {folder} is in use by another process (`langgraph dev`?): stop that "
            "one, choose another memory (--memory NAME), or share a Chroma server (BILLP_CHROMA)"
        ) from error
    except OSError as error:
        raise StoreError(
            f"memory folder {folder} cannot be written ({first_line(error)}): "
            "set BILLP_HOME to a folder that can"
        ) from error
    return lock


def _open_index(
    folder: Path, journal: Journal, contents: RowsByMemory, embedder: Embedder
) -> tuple[Path, Index]:
    """The newest index in line with the journal, or a rebuilt one if it is damaged."""
    names = [path.name.removeprefix(PREFIX) for path in folder.glob(PREFIX + "*")]
    generations = sorted(int(name) for name in names if name.isdigit())
    current = generations[-1] if generations else 0
    try:
        _check_index_files(folder / f"{PREFIX}{current}")
        index = embedded(folder / f"{PREFIX}{current}", NAMESPACE, embedder.name)
        contents = _adopt_rows(index, journal) or contents
        _sync(index, contents, embedder)
        _check_lookups(index, contents)
    except StoreError:
        raise
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != PANIC:
            raise
        if journal.started_empty and generations:
            raise StoreError(
                f"the index in {folder} is damaged ({first_line(error)}) and its journal is gone: "
                "restore journal.jsonl, or move the folder aside to start anew"
            ) from error
        warnings.warn(
            f"the index in {folder} is damaged ({first_line(error)}): rebuilt from "
            f"{journal.path.name}, no committed episode is lost",
            stacklevel=3,
        )
        current += 1
        with _explained_if_full(folder):
            index = embedded(folder / f"{PREFIX}{current}", NAMESPACE, embedder.name)
            _sync(index, contents, embedder)
    for generation in generations:
        if generation != current:
            shutil.rmtree(folder / f"{PREFIX}{generation}", ignore_errors=True)
    return folder / f"{PREFIX}{current}", index


@contextmanager
def _explained_if_full(folder: Path) -> Iterator[None]:
    """Turns Chroma's write errors into one that says what to do."""
    from chromadb.errors import InternalError

    try:
        yield
    except InternalError as error:
        raise StoreError(
            f"the index in {folder} cannot be written ({first_line(error)}): is the disk "
            "full? make room and open it again, nothing that was committed is lost"
        ) from error


def _adopt_rows(index: Index, journal: Journal) -> RowsByMemory | None:
    """Writes the rows of an index whose journal was lost into a new journal."""
    if not journal.started_empty:
        return None
    rows: RowsByMemory = {name: index.all(name) for name in MEMORIES}
    if not any(rows.values()):
        return None
    journal.append(Lessons(ADOPTED, 0, {name: tuple(rows[name].values()) for name in MEMORIES}))
    return rows


def _sync(index: Index, contents: RowsByMemory, embedder: Embedder) -> None:
    """Brings the index in line with the journal."""
    for name in MEMORIES:
        found = index.all(name)
        if found != contents[name]:
            index.sync(name, contents[name], found, embedder)


def _check_lookups(index: Index, contents: RowsByMemory) -> None:
    """Searches for a sample of stored vectors, each of which must find itself."""
    for name in MEMORIES:
        ids = sorted(contents[name])
        sample = ids[:: max(1, len(ids) // PROBES)] if ids else []
        for vector in index.vectors(name, sample) if sample else ():
            hits = index.search(name, vector, 1)
            if not hits or hits[0].distance > 1e-4:
                raise ValueError(f"{name} does not find its own rows")


class _Checksums:
    """The checksums of Chroma's search index files; reads only files that have changed."""

    def __init__(self, chroma: Path) -> None:
        self._chroma = chroma
        self._known: dict[Path, tuple[tuple[int, ...], int]] = {}

    def write(self) -> None:
        """Records the current files as intact, right after a commit."""
        durable.replace(self._chroma / CHECKSUMS, json.dumps(self.sums()).encode())

    def sums(self) -> dict[str, int]:
        """By file, for all search indexes that Chroma has saved; it rebuilds the others."""
        folders = sorted(path.parent for path in self._chroma.glob("*/index_metadata.pickle"))
        files = [path for folder in folders for path in sorted(folder.iterdir())]
        return {str(path.relative_to(self._chroma)): self._sum(path) for path in files}

    def _sum(self, path: Path) -> int:
        state = path.stat()
        mark = (state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns)
        if path not in self._known or self._known[path][0] != mark:
            self._known[path] = mark, zlib.crc32(path.read_bytes())
        return self._known[path][1]


def _check_index_files(chroma: Path) -> None:
    """Raises if the files differ from the last commit's.

    Given damaged files, Chroma can end the process or fill the disk.
    """
    place = chroma / CHECKSUMS
    if _Checksums(chroma).sums() != (json.loads(place.read_bytes()) if place.exists() else {}):
        raise ValueError("its files are not those of the last commit")
