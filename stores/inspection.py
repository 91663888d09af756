"""Read-only inspection of memory folders, also while another process has them open."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import durable
from stores.errors import StoreError
from stores.exports import IMPORTED
from stores.folder import ADOPTED, JOURNAL, LOCK
from stores.journal_lines import JournalState, journal_embedding, read_journal
from stores.memories import CAPACITY
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
    """The memory folders with content at or below a folder."""
    journals = (Path(parent, JOURNAL) for parent, _, files in os.walk(place) if JOURNAL in files)
    return sorted(journal.parent for journal in journals if _size(journal))


def overview(folder: Path) -> Overview:
    """Summarises a folder by its journal."""
    state = read_memories(folder)
    episodes = [name for name in state.committed if not name.startswith((IMPORTED, ADOPTED))]
    return Overview(
        folder,
        embedding_in(folder),
        {name: len(rows) for name, rows in state.rows.items()},
        len(episodes),
        sum(_size(Path(parent, name)) for parent, _, files in os.walk(folder) for name in files),
        durable.is_locked(folder / LOCK),
    )


def read_memories(folder: Path) -> JournalState:
    """The rows and committed episodes of a folder, from its journal."""
    embedding_in(folder)
    return read_journal(folder / JOURNAL, CAPACITY)


def embedding_in(folder: Path, default: str | None = None) -> str:
    """The embedding that a folder was created with; the default for a new folder, if given."""
    found = journal_embedding(folder / JOURNAL) or default
    if found is None:
        raise StoreError(f"{folder} holds no memories: `billp memory list` shows folders that do")
    return found


def _size(path: Path) -> int:
    """A file's size; 0 if it has vanished meanwhile."""
    try:
        return path.lstat().st_size
    except OSError:
        return 0
