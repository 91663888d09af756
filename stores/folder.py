"""A memory folder: a journal, a Chroma index derived from it, and a process lock."""

import shutil
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import Timeout

import durable
from stores.commit_record import RECORD
from stores.embeddings import Embedder
from stores.errors import StoreError, StoreInUseError, first_line
from stores.index import Index
from stores.index_files import CHECKSUMS, CLOSED, UNKNOWN, IndexFiles, read_closed, write_closed
from stores.journal import Journal, has_doubled
from stores.journal_lines import RowsByMemory
from stores.memories import Memories, settled_capacity
from stores.mending import IndexState
from stores.opening import embedded
from stores.rows import MEMORIES, Lessons, MemoryName, last_used
from stores.sources import Source, Withdrawn, without

PROBES = 16
NAMESPACE = "billp"
JOURNAL = "journal.jsonl"
LOCK, LOCK_TIMEOUT = "lock", 0.2  # seconds; longer than `durable.is_locked` holds the lock
PREFIX = "chroma-"
PANIC = "PanicException"  # raised by Chroma's Rust code on damaged files; not an Exception


class MemoryFolder(Memories):
    """Memories on disk; opening them repairs what a kill or a damaged file left."""

    def __init__(self, folder: Path, embedder: Embedder, *, capacity: int | None = None) -> None:
        """Opens a folder; one keeps the capacity that was last given for it."""
        self.folder = folder
        self._process_lock = _locked(folder)
        try:
            capacity = settled_capacity(folder, capacity)
            about = read_closed(_files(folder), folder / CLOSED) or {}
            as_closed = _is_level(about, folder, embedder.name, capacity)
            journal = Journal(folder / JOURNAL, embedder.name, as_closed=as_closed)
            self._own_journal = journal
            chroma, index = _open_index(folder, journal, embedder, capacity, as_closed)
            super().__init__(index, embedder, capacity=capacity, journal=journal)
            self._is_level = as_closed  # the index with the journal
            self._replayed = about["replayed"] if as_closed else journal.size
            self._files, self._held = IndexFiles(chroma), journal.seq if as_closed else 0
            if not as_closed or not (chroma / CHECKSUMS).exists():
                self._confirm()
        except BaseException:
            self._process_lock.release()
            raise

    def commit_all(self, batch: Sequence[Lessons]) -> None:
        """See `Memories.commit_all`; a kill meanwhile is repaired at the next opening."""
        with self._writing():
            super().commit_all(batch)
            self._confirm()

    def compact(self, keep: int | None = None) -> dict[MemoryName, int]:
        """Replaces the journal by one entry with the rows; returns how many were dropped.

        `keep` limits each memory to the rows touched last. Committed episodes stay committed.
        """
        self._check_not_frozen()
        with self._writing():
            rows = self._own_journal.contents(self.capacity)
            kept = (
                rows if keep is None else {name: last_used(rows[name], keep) for name in MEMORIES}
            )
            self._own_journal.compact(kept)
            _sync(self._index, kept, self._embedder)
            self._committed |= self._recorded
            self._confirm()
            self._forget_derived()
        return {name: len(rows[name]) - len(kept[name]) for name in MEMORIES}

    def without(self, source: Source) -> Withdrawn:
        """What would be left if a source were forgotten."""
        with self._lock:
            return without(self._own_journal.contents(self.capacity), source)

    def forget(self, source: Source) -> Withdrawn:
        """Withdraws all facts and uses of a source, and the rows that are left without facts.

        Its episodes stay committed, so that no run learns them again. A new index takes the place
        of the old one, whose files would still hold what was deleted.
        """
        self._check_not_frozen()
        with self._writing():
            left = self.without(source)
            if left.facts:
                self._own_journal.compact(left.rows)  # from here on it is forgotten
                self._replace_index(left.rows)
                self._committed |= self._recorded
                self._confirm()
                self._forget_derived()
        return left

    def close(self) -> None:
        """Closes Chroma, notes what its files hold then, and releases the lock."""
        with self._lock:
            super().close()
            if self._is_level and not self._process_lock.lost:
                self._note_closed()
        self._process_lock.release()

    def _note_closed(self) -> None:
        if self._own_journal.is_numbered and self._own_journal.seq:
            about = {
                "seq": self._own_journal.seq,
                "embedding": self._embedder.name,
                "capacity": self.capacity,
                "replayed": self._replayed,
            }
            write_closed(_files(self.folder), self.folder / CLOSED, about)

    def _confirm(self) -> None:
        """Records how far the index goes: to the journal's end, unless a commit failed half-way."""
        is_level = self._recorded <= self._committed
        if is_level:
            self._held = self._own_journal.seq
        self._files.write(self._held)
        if is_level:
            self._own_journal.confirm()
        self._is_level = is_level

    def _replace_index(self, rows: RowsByMemory) -> None:
        """A new index with some rows of the old one, and their vectors."""
        old, (*_, current) = self._index, _generations(self.folder)
        chroma = self.folder / f"{PREFIX}{current + 1}"
        new = embedded(chroma, NAMESPACE, self._embedder.name)
        for name in MEMORIES:
            if ids := list(rows[name]):
                new.put(name, list(rows[name].values()), old.vectors(name, ids))
        self._index, self._files = new, IndexFiles(chroma)
        old.close()
        _remove_other_generations(self.folder, current + 1)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One thread of the one process that may write; errors of Chroma say what to do."""
        with self._lock, _explained_if_full(self.folder):
            self._check_lock()
            self._is_level = False
            yield

    def _check_lock(self) -> None:
        if self._process_lock.lost:
            raise StoreInUseError(
                f"memory folder {self.folder}: its file {LOCK!r} was deleted while it was in use, "
                "so another process may use it too: stop all that do, then start one again; "
                "nothing that was committed is lost"
            )


def _locked(folder: Path) -> durable.Lock:
    try:
        durable.make_folder(folder)
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
    folder: Path, journal: Journal, embedder: Embedder, capacity: int, as_closed: bool
) -> tuple[Path, Index]:
    """The newest index in line with the journal, or a rebuilt one if it is damaged."""
    generations = _generations(folder)
    current = generations[-1] if generations else 0
    contents: RowsByMemory | None = None
    try:
        seq = None if as_closed else IndexFiles(folder / f"{PREFIX}{current}").check()
        index = embedded(folder / f"{PREFIX}{current}", NAMESPACE, embedder.name)
        if not as_closed:
            contents = _contents(journal, _state_of(index, seq, journal), capacity)
            _sync(index, contents, embedder)
        _check_lookups(index, contents or {name: index.ids(name) for name in MEMORIES})
    except StoreError:
        raise
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != PANIC:
            raise
        if journal.started_empty and generations and contents is None:
            raise StoreError(
                f"the index in {folder} is damaged ({first_line(error)}) and its journal is gone: "
                "restore journal.jsonl, or move the folder aside to start anew"
            ) from error
        kept = "" if contents is None and journal.damage() else ", no committed episode is lost"
        warnings.warn(
            f"the index in {folder} is damaged ({first_line(error)}): rebuilt from "
            f"{journal.path.name}{kept}",
            stacklevel=3,
        )
        if contents is None:
            contents = _contents(journal, None, capacity)
        current += 1
        with _explained_if_full(folder):
            index = embedded(folder / f"{PREFIX}{current}", NAMESPACE, embedder.name)
            _sync(index, contents, embedder)
    _remove_other_generations(folder, current)
    return folder / f"{PREFIX}{current}", index


def _state_of(index: Index, seq: int | None, journal: Journal) -> IndexState | None:
    """What an index has; nothing where its making was interrupted and there is a journal."""
    if seq is None and not journal.started_empty:
        return None
    return IndexState(None if seq == UNKNOWN else seq, lambda: {n: index.all(n) for n in MEMORIES})


def _contents(journal: Journal, index: IndexState | None, capacity: int) -> RowsByMemory:
    """The rows that the index must hold, by the journal; a damaged one is mended first."""
    if damage := journal.damage(index):
        return journal.mend(damage, index, capacity)
    contents = journal.contents(capacity)
    with suppress(OSError):  # on a full disk the longer journal serves as well
        journal.compact_if_large(contents)
    return contents


def _files(folder: Path) -> dict[str, Path]:
    """What a memory folder's content consists of, by name."""
    last = _generations(folder)[-1:]
    found = [path for at in last for path in (folder / f"{PREFIX}{at}").rglob("*")]
    beside = [folder / JOURNAL, folder / RECORD]
    return {str(p.relative_to(folder)): p for p in sorted([*beside, *found]) if p.is_file()}


def _is_level(about: Mapping[str, object], folder: Path, embedding: str, capacity: int) -> bool:
    """Whether an index can be used as it was closed.

    A journal that has doubled since it was last replayed is replayed, so that it can be compacted.
    """
    if (about.get("embedding"), about.get("capacity")) != (embedding, capacity):
        return False
    size = (folder / JOURNAL).stat().st_size
    return not has_doubled(size, int(str(about["replayed"])))


def _generations(folder: Path) -> list[int]:
    """The numbers of the indexes in a folder, of which the last is the current one."""
    names = [path.name.removeprefix(PREFIX) for path in folder.glob(PREFIX + "*")]
    return sorted(int(name) for name in names if name.isdigit())


def _remove_other_generations(folder: Path, current: int) -> None:
    for generation in _generations(folder):
        if generation != current:
            shutil.rmtree(folder / f"{PREFIX}{generation}", ignore_errors=True)


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


def _sync(index: Index, contents: RowsByMemory, embedder: Embedder) -> None:
    """Brings the index in line with the journal, without what cannot be read of it."""
    for name in MEMORIES:
        found = index.all(name)
        unreadable = index.count(name) > len(found)
        if found != contents[name] or unreadable:
            index.sync(name, contents[name], found, embedder, anew=unreadable)


def _check_lookups(index: Index, ids_of: Mapping[MemoryName, Collection[str]]) -> None:
    """Searches for a sample of stored vectors, each of which must find itself."""
    for name in MEMORIES:
        ids = sorted(ids_of[name])
        sample = ids[:: max(1, len(ids) // PROBES)] if ids else []
        for vector in index.vectors(name, sample) if sample else ():
            hits = index.search(name, vector, 1)
            if not hits or hits[0].distance > 1e-4:
                raise ValueError(f"{name} does not find its own rows")
