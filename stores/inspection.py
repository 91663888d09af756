"""Memory folders looked at from outside: no lock is kept, Chroma stays closed, nothing changes."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from stores.errors import StoreError
from stores.exports import IMPORTED
from stores.folder import ADOPTED, JOURNAL, LOCK
from stores.memories import CAPACITY
from stores.read_journal import Replayed, embedding_of, replay
from stores.rows import MemoryName


@dataclass(frozen=True)
class Overview:
    """What a memory folder holds."""

    folder: Path
    embedding: str
    rows: Mapping[MemoryName, int]
    episodes: int
    size: int
    in_use: bool


def memory_folders(place: Path) -> list[Path]:
    """Those at a place or anywhere below it that hold anything."""
    journals = (Path(parent, JOURNAL) for parent, _, files in os.walk(place) if JOURNAL in files)
    return sorted(journal.parent for journal in journals if _size(journal))


def overview(folder: Path) -> Overview:
    """What the journal says of a folder, also while a process has it open."""
    told = read_memories(folder)
    episodes = [name for name in told.committed if not name.startswith((IMPORTED, ADOPTED))]
    return Overview(
        folder,
        embedding_in(folder),
        {name: len(rows) for name, rows in told.rows.items()},
        len(episodes),
        sum(_size(Path(parent, name)) for parent, _, files in os.walk(folder) for name in files),
        in_use(folder),
    )


def read_memories(folder: Path) -> Replayed:
    """The rows of a folder and who taught them, by its journal."""
    embedding_in(folder)
    return replay(folder / JOURNAL, CAPACITY)


def embedding_in(folder: Path, default: str | None = None) -> str:
    """The embedding that a folder was made with; a new folder takes the default, if any."""
    found = embedding_of(folder / JOURNAL) or default
    if found is None:
        raise StoreError(f"{folder} holds no memories: `billp memory list` shows folders that do")
    return found


def in_use(folder: Path) -> bool:
    """Whether a process has a folder open."""
    place = folder / LOCK
    if not place.exists():
        return False
    lock = FileLock(place, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        return True
    except OSError:  # not ours to open
        return False
    lock.release()
    return False


def _size(path: Path) -> int:
    """Of a file that may vanish while it is looked at."""
    try:
        return path.lstat().st_size
    except OSError:
        return 0
