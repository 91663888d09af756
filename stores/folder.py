"""A memory folder: a journal, a Chroma index that follows it, and a lock for one process."""

import shutil
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from stores.embeddings import Embedder
from stores.errors import StoreError, StoreInUseError, first_line
from stores.index import Index, embedded
from stores.index_checksums import Seal, check_seal
from stores.journal import Journal
from stores.memories import CAPACITY, Memories
from stores.read_journal import Contents
from stores.rows import MEMORIES, Lessons, MemoryName, latest
from stores.sync_index import fill

PROBES = 16
NAMESPACE = "billp"
JOURNAL = "journal.jsonl"
ADOPTED = "adopted"
LOCK, PATIENCE = "lock", 0.2  # seconds; long enough for one who only asks whether it is in use
PREFIX = "chroma-"
PANIC = "PanicException"  # how Chroma's native part fails on damaged files; not an Exception


class MemoryFolder(Memories):
    """Memories on disk; opening one finds and mends whatever a kill or a damaged file left."""

    def __init__(self, folder: Path, embedder: Embedder, *, capacity: int = CAPACITY) -> None:
        self.folder = folder
        self._process_lock = _claim(folder)
        try:
            self._own_journal = Journal(folder / JOURNAL, embedder.name)
            contents = self._own_journal.contents(capacity)
            with suppress(OSError):  # without room for it the longer journal serves as well
                self._own_journal.slim(contents)
            chroma, index = _open_index(folder, self._own_journal, contents, embedder)
            self._seal = Seal(chroma)
            self._seal.renew()
            super().__init__(index, embedder, capacity=capacity, journal=self._own_journal)
        except BaseException:
            self._process_lock.release()
            raise

    def commit_all(self, batch: Sequence[Lessons]) -> None:
        """See `Memories.commit_all`; a kill on the way is noticed at the next opening."""
        with self._lock, _room_for(self.folder):
            super().commit_all(batch)
            self._seal.renew()

    def compact(self, keep: int | None = None) -> dict[MemoryName, int]:
        """Replaces the journal by one of the rows alone; says how many were dropped.

        With `keep`, only as many of each memory stay, those that were touched last. What was
        committed before counts as committed afterwards. A kill leaves either journal, whole.
        """
        self._check_not_frozen()
        with self._lock, _room_for(self.folder):
            rows = self._own_journal.contents(self._capacity)
            kept = rows if keep is None else {name: latest(rows[name], keep) for name in MEMORIES}
            self._own_journal.rewrite(kept)
            _follow(self._index, kept, self._embedder)
            self._committed |= self._recorded
            self._seal.renew()
        return {name: len(rows[name]) - len(kept[name]) for name in MEMORIES}

    def close(self) -> None:
        """Lets go of Chroma and of the folder."""
        super().close()
        self._process_lock.release()


def _claim(folder: Path) -> FileLock:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(
            folder / LOCK, timeout=PATIENCE, poll_interval=PATIENCE / 10, thread_local=False
        )
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
    folder: Path, journal: Journal, contents: Contents, embedder: Embedder
) -> tuple[Path, Index]:
    """The newest index, brought in line with the journal, or a new one where it is damaged."""
    names = [path.name.removeprefix(PREFIX) for path in folder.glob(PREFIX + "*")]
    generations = sorted(int(name) for name in names if name.isdigit())
    current = generations[-1] if generations else 0
    try:
        check_seal(folder / f"{PREFIX}{current}")
        index = embedded(folder / f"{PREFIX}{current}", NAMESPACE, embedder.name)
        contents = _adopted(index, journal) or contents
        _follow(index, contents, embedder)
        _probe(index, contents)
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
        with _room_for(folder):
            index = embedded(folder / f"{PREFIX}{current}", NAMESPACE, embedder.name)
            _follow(index, contents, embedder)
    for generation in generations:
        if generation != current:
            shutil.rmtree(folder / f"{PREFIX}{generation}", ignore_errors=True)
    return folder / f"{PREFIX}{current}", index


@contextmanager
def _room_for(folder: Path) -> Iterator[None]:
    """Says what to do where Chroma cannot write."""
    from chromadb.errors import InternalError

    try:
        yield
    except InternalError as error:
        raise StoreError(
            f"the index in {folder} cannot be written ({first_line(error)}): is the disk "
            "full? make room and open it again, nothing that was committed is lost"
        ) from error


def _adopted(index: Index, journal: Journal) -> Contents | None:
    """Takes over the rows of an index whose journal was lost, rather than dropping them."""
    if not journal.started_empty:
        return None
    rows: Contents = {name: index.all(name) for name in MEMORIES}
    if not any(rows.values()):
        return None
    journal.append(Lessons(ADOPTED, 0, {name: tuple(rows[name].values()) for name in MEMORIES}))
    return rows


def _follow(index: Index, contents: Contents, embedder: Embedder) -> None:
    """Makes the index hold what the journal says."""
    for name in MEMORIES:
        found = index.all(name)
        if found != contents[name]:
            fill(index, name, contents[name], found, embedder)


def _probe(index: Index, contents: Contents) -> None:
    """Looks up stored vectors; each must find itself."""
    for name in MEMORIES:
        ids = sorted(contents[name])
        sample = ids[:: max(1, len(ids) // PROBES)] if ids else []
        for vector in index.vectors(name, sample) if sample else ():
            hits = index.search(name, vector, 1)
            if not hits or hits[0].distance > 1e-4:
                raise ValueError(f"{name} does not find its own rows")
