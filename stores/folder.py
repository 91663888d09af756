"""A memory folder: a journal, a Chroma index that follows it, and a lock for one process."""

import json
import shutil
import warnings
import zlib
from pathlib import Path

from filelock import FileLock, Timeout

from stores.embeddings import Embedder, first_line
from stores.errors import StoreError, StoreInUseError
from stores.index import Index, embedded
from stores.journal import Contents, Journal
from stores.memories import CAPACITY, Memories
from stores.rows import MEMORIES, Lessons, MemoryName

PROBES = 16
NAMESPACE = "billp"
PREFIX = "chroma-"
PANIC = "PanicException"  # how Chroma's native part fails on damaged files; not an Exception


class MemoryFolder(Memories):
    """Memories on disk; opening one finds and mends whatever a kill or a damaged file left."""

    def __init__(self, folder: Path, embedder: Embedder, *, capacity: int = CAPACITY) -> None:
        self.folder = folder
        self._process_lock = _claim(folder)
        try:
            journal = Journal(folder / "journal.jsonl", embedder.name)
            self._chroma, index = _open_index(folder, journal, embedder, capacity)
            _seal(self._chroma)
            super().__init__(index, embedder, capacity=capacity, journal=journal)
        except BaseException:
            self._process_lock.release()
            raise

    def commit(self, lessons: Lessons) -> dict[MemoryName, int]:
        """See `Memories.commit`; a kill on the way is noticed at the next opening."""
        with self._lock:
            counts = super().commit(lessons)
            _seal(self._chroma)
        return counts

    def close(self) -> None:
        """Lets go of Chroma and of the folder."""
        super().close()
        self._process_lock.release()


def _claim(folder: Path) -> FileLock:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / "lock", timeout=0)
        lock.acquire()
    except Timeout as error:
        raise StoreInUseError(
            f"memory folder {folder} is in use by another process: stop that one, "
            "or choose another memory"
        ) from error
    except OSError as error:
        raise StoreError(
            f"memory folder {folder} cannot be written ({first_line(error)}): "
            "set BILLP_HOME to a folder that can"
        ) from error
    return lock


def _open_index(
    folder: Path, journal: Journal, embedder: Embedder, capacity: int
) -> tuple[Path, Index]:
    """The newest index, brought in line with the journal, or a new one where it is damaged."""
    names = [path.name.removeprefix(PREFIX) for path in folder.glob(PREFIX + "*")]
    generations = sorted(int(name) for name in names if name.isdigit())
    current = generations[-1] if generations else 0
    try:
        _check_seal(folder / f"{PREFIX}{current}")
        index = embedded(folder / f"{PREFIX}{current}", NAMESPACE, embedder.name)
        _adopt(index, journal)
        _follow(index, journal.contents(capacity), embedder)
        _probe(index)
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
        index = embedded(folder / f"{PREFIX}{current}", NAMESPACE, embedder.name)
        _follow(index, journal.contents(capacity), embedder)
    for generation in generations:
        if generation != current:
            shutil.rmtree(folder / f"{PREFIX}{generation}", ignore_errors=True)
    return folder / f"{PREFIX}{current}", index


def _checksums(chroma: Path) -> dict[str, int]:
    """Of the files of every search index that Chroma has saved; it makes others anew."""
    saved = sorted(path.parent for path in chroma.glob("*/index_metadata.pickle"))
    files = [path for folder in saved for path in sorted(folder.iterdir())]
    return {str(path.relative_to(chroma)): zlib.crc32(path.read_bytes()) for path in files}


def _seal(chroma: Path) -> None:
    """Notes that the search index's files are whole, as Chroma writes them only in a commit."""
    partial = chroma / "sealed.partial"
    partial.write_text(json.dumps(_checksums(chroma)), encoding="utf-8")
    partial.replace(chroma / "sealed.json")


def _check_seal(chroma: Path) -> None:
    """Chroma reads damaged files unchecked: it ends the process, or fills the disk."""
    sealed, found = chroma / "sealed.json", _checksums(chroma)
    if found != (json.loads(sealed.read_bytes()) if sealed.exists() else {}):
        raise ValueError("its files are not those of the last commit")


def _adopt(index: Index, journal: Journal) -> None:
    """Takes over the rows of an index whose journal was lost, rather than dropping them."""
    rows = {name: tuple(index.all(name).values()) for name in MEMORIES}
    if journal.started_empty and any(rows.values()):
        journal.append(Lessons("adopted", 0, rows))


def _follow(index: Index, contents: Contents, embedder: Embedder) -> None:
    """Makes the index hold what the journal says."""
    for name in MEMORIES:
        expected, found = contents[name], index.all(name)
        if found == expected:
            continue
        stale = [row for id_, row in expected.items() if found.get(id_) != row]
        if found.keys() <= expected.keys():
            index.put(name, stale, embedder.embed([row.text for row in stale]))
        else:
            rows = list(expected.values())
            index.replace(name, rows, embedder.embed([row.text for row in rows]))


def _probe(index: Index) -> None:
    """Looks up stored vectors; each must find itself."""
    for name in MEMORIES:
        ids = sorted(index.all(name))
        sample = ids[:: max(1, len(ids) // PROBES)] if ids else []
        for vector in index.vectors(name, sample) if sample else ():
            hits = index.search(name, vector, 1)
            if not hits or hits[0].distance > 1e-4:
                raise ValueError(f"{name} does not find its own rows")
