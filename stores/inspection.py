"""Read-only inspection of memory folders, also while another process has them open."""

import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import durable
from stores.commit_record import RECORD, CommitRecord, read_commit_record
from stores.errors import StoreError
from stores.exports import IMPORTED
from stores.folder import JOURNAL, LOCK
from stores.journal_lines import FOREIGN, JournalState, Reading, read_journal, state_after
from stores.memories import capacity_of
from stores.mending import damage_of
from stores.rows import MemoryName

ADOPTED = "adopted"  # what older versions named the rows of an index whose journal was lost


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
    """The memory folders with content at or below a folder."""
    journals = (Path(parent, JOURNAL) for parent, _, files in os.walk(place) if JOURNAL in files)
    return sorted(journal.parent for journal in journals if _size(journal))


def overview(folder: Path) -> Overview:
    """Summarises a folder by its journal."""
    found = _read(folder)
    state = _state(found)
    episodes = [name for name in state.committed if not name.startswith((IMPORTED, ADOPTED))]
    return Overview(
        folder,
        found.embedding,
        {name: len(rows) for name, rows in state.rows.items()},
        len(episodes),
        sum(_size(Path(parent, name)) for parent, _, files in os.walk(folder) for name in files),
        durable.is_locked(folder / LOCK),
    )


def read_memories(folder: Path) -> JournalState:
    """The rows and committed episodes of a folder, from its journal."""
    return _state(_read(folder))


def embedding_in(folder: Path, default: str | None = None) -> str:
    """The embedding that a folder was created with; the default for a new folder, if given."""
    return _read(folder, default).embedding


@dataclass(frozen=True)
class _Found:
    """A journal, its record and the embedding that they name."""

    path: Path
    record: CommitRecord
    reading: Reading
    embedding: str


def _read(folder: Path, default: str | None = None) -> _Found:
    path = folder / JOURNAL
    record = read_commit_record(folder / RECORD)  # first, since no journal ends before it
    reading = read_journal(path)
    if reading.is_foreign and not record.last:
        raise StoreError(f"{path} {FOREIGN}")
    embedding = reading.embedding or record.embedding or default
    if embedding is None:
        raise StoreError(f"{folder} holds no memories: `billp memory list` shows folders that do")
    return _Found(path, record, reading, embedding)


def _state(found: _Found) -> JournalState:
    """What a journal tells; a damaged one is mended only where it is opened."""
    if damage := damage_of(found.reading, found.record, None):
        warnings.warn(
            f"{found.path} is damaged (it misses {damage.episodes} episodes): it is mended when it "
            "is next opened, as by `billp memory show FOLDER --like TEXT`",
            stacklevel=3,
        )
    return state_after(found.reading.lines, capacity_of(found.path.parent))


def _size(path: Path) -> int:
    """A file's size; 0 if it has vanished meanwhile."""
    try:
        return path.lstat().st_size
    except OSError:
        return 0
