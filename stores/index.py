"""A thin wrapper around Chroma: three collections of rows, searched by squared L2 distance."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Collection as Sized
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np

from stores.embeddings import Embedder, Vectors
from stores.errors import StoreError
from stores.rows import (
    MEMORIES,
    Hit,
    KeptRows,
    MemoryName,
    Row,
    have_same_texts,
    metadata_of,
    row_of,
)
from stores.schema import NOT_A_RECORD, BadRowError, Skipped, check_row

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.collection_configuration import CreateHNSWConfiguration
    from chromadb.api.models.Collection import Collection

T = TypeVar("T")
Rows = Mapping[str, Row]  # by id
WRITES = ("upsert", "update", "delete")
IDS_PER_QUERY = 5000  # SQLite allows 32766 variables in a statement
SPACE: Literal["l2"] = "l2"
HNSW: "CreateHNSWConfiguration" = {
    "space": SPACE,
    "ef_construction": 200,
    "ef_search": 200,
    "max_neighbors": 24,
}
REMOVED = "removed"  # in a collection's metadata: the rows whose places its search index still has
MOST_REMOVED = 2  # for each row that is there, until the search index is made anew
SMALL = 1000  # rows, up to which it is made anew rather than rows removed from it


class Index:
    """The collections of one namespace; all access to Chroma goes through here."""

    def __init__(
        self,
        client: "ClientAPI",
        namespace: str,
        embedding: str,
        *,
        if_lost: str = "",
        temporary: bool = False,
        reopen: "Callable[[], ClientAPI] | None" = None,
    ) -> None:
        self._client = client
        self._reopen = reopen
        self._temporary = temporary
        self._if_lost = if_lost
        self._namespace = namespace
        self._embedding = embedding
        self._batch = client.get_max_batch_size()
        self._skipped = Skipped(f"the index {namespace!r}")
        self._kept, self._is_shared = KeptRows(), bool(if_lost)
        self._collections = {name: self._open(name) for name in MEMORIES}

    def count(self, name: MemoryName) -> int:
        """The number of rows of a memory."""
        return int(self._call(name, "count"))

    def get(self, name: MemoryName, ids: Sized[str]) -> dict[str, Row]:
        """The existing rows among these ids."""
        parts = [self._rows(name, list(part)) for part in _parts(list(ids), IDS_PER_QUERY)]
        return {id_: row for part in parts for id_, row in part.items()}

    def all(self, name: MemoryName) -> dict[str, Row]:
        """Every row."""
        return self.get(name, self.ids(name))

    def ids(self, name: MemoryName) -> list[str]:
        """The id of every row, also of those that cannot be read."""
        return list(self._call(name, "get", include=[])["ids"])

    def ages(self, name: MemoryName) -> dict[str, int]:
        """When each row was touched last, by id; those that do not tell count as the oldest."""
        ages: dict[str, int] = {}
        for part in _parts(self.ids(name), IDS_PER_QUERY):
            found = self._call(name, "get", ids=list(part), include=["metadatas"])
            stamps = [facts and facts.get("touched") for facts in found["metadatas"]]
            known = [stamp if isinstance(stamp, int) else -1 for stamp in stamps]
            ages |= zip(found["ids"], known, strict=True)
        return ages

    def vectors(self, name: MemoryName, ids: Sequence[str]) -> Vectors:
        """The stored vectors of these ids, in their order."""
        by_id: dict[str, Vectors] = {}
        for part in _parts(ids, IDS_PER_QUERY):
            found = self._call(name, "get", ids=list(part), include=["embeddings"])
            by_id |= zip(found["ids"], np.asarray(found["embeddings"]), strict=True)
        return np.array([by_id[id_] for id_ in ids], np.float32)

    def put(self, name: MemoryName, rows: Sequence[Row], vectors: Vectors) -> None:
        """Writes rows, replacing existing ones."""
        for batch in self._batches(rows, vectors):
            self._call(name, "upsert", **batch)

    def update(self, name: MemoryName, rows: Iterable[Row]) -> None:
        """Writes the facts of existing rows; their vectors stay."""
        for part in _parts(list(rows), self._batch):
            ids, facts = [row.id for row in part], [metadata_of(row) for row in part]
            self._call(name, "update", ids=ids, metadatas=facts)

    def replace(self, name: MemoryName, rows: Sequence[Row], vectors: Vectors) -> None:
        """Replaces all rows by a new collection."""
        with self._loss_explained():
            self._open(name)  # completes or undoes an interrupted replacement
            fresh_name = f"{self._collection_name(name)}.fresh"
            fresh = self._create(self._client.create_collection, fresh_name)
            for batch in self._batches(rows, vectors):
                fresh.upsert(**batch)
            self._client.delete_collection(self._collection_name(name))
            fresh.modify(name=self._collection_name(name))
            self._collections[name] = fresh
        self._kept.forget(name)
        self._free_deleted()

    def _free_deleted(self) -> None:
        """Opens a Chroma of our own anew: it keeps deleted collections in memory until it ends."""
        if self._reopen:
            self._client.close()  # type: ignore[attr-defined]  # on Client, missing in ClientAPI
            self._client = self._reopen()
            self._collections = {name: self._open(name) for name in MEMORIES}

    def sync(
        self,
        name: MemoryName,
        rows: Rows,
        found: Rows,
        embedder: Embedder,
        gone: Sized[str] = (),
        *,
        anew: bool = False,
    ) -> None:
        """Turns the indexed rows `found` into `rows`, in one upsert and one update, without `gone`.

        Only new texts are embedded. Made `anew`, the memory loses also what cannot be read of it.
        """
        stored = {
            id_ for id_, row in found.items() if id_ in rows and have_same_texts(rows[id_], row)
        }
        fresh = {id_: row for id_, row in rows.items() if id_ not in stored}
        new = embedder.embed([row.found_by for row in fresh.values()])
        leaving = {*gone, *found} - rows.keys()
        if anew or (leaving and self.count(name) - len(leaving) < SMALL):
            kept = {id_: row for id_, row in self.all(name).items() if id_ not in leaving}
            self._refill(name, {**kept, **rows}, dict(zip(fresh, new, strict=True)))
            return
        self.put(name, list(fresh.values()), new)
        self.update(name, [rows[id_] for id_ in found if id_ in stored and rows[id_] != found[id_]])
        if leaving:
            self._remove(name, leaving)

    def _remove(self, name: MemoryName, ids: Sized[str]) -> None:
        """Removes rows, whose places Chroma's search index keeps until it is made anew."""
        for part in _parts(list(ids), self._batch):
            self._call(name, "delete", ids=part)
        removed = len(ids) + int((self._collections[name].metadata or {}).get(REMOVED, 0))
        if removed > MOST_REMOVED * self.count(name) and not self._temporary:
            self._refill(name, self.all(name), {})
        else:
            about = {"embedding": self._embedding, REMOVED: removed}
            self._call(name, "modify", metadata=about)

    def _refill(self, name: MemoryName, rows: Rows, new: Mapping[str, Vectors]) -> None:
        """Puts rows into a collection of their own, the oldest first."""
        by_age = sorted(rows, key=lambda id_: (rows[id_].touched, id_))
        stored = [id_ for id_ in by_age if id_ not in new]
        known = {**new, **dict(zip(stored, self.vectors(name, stored), strict=True))}
        vectors = [known[id_] for id_ in by_age]
        self.replace(name, [rows[id_] for id_ in by_age], np.array(vectors, np.float32))

    def search(self, name: MemoryName, vector: Vectors, k: int) -> list[Hit]:
        """The k nearest rows."""
        parts = ["distances", *(["documents", "metadatas"] if self._is_shared else [])]
        found = self._call(name, "query", query_embeddings=vector[None], n_results=k, include=parts)
        ids, distances, *facts = (found[part][0] for part in ("ids", *parts))
        if self._is_shared:  # others write to it
            rows = self._readable(name, ids, *facts)
        else:
            rows = self._kept.of(name, ids, lambda unknown: self._rows(name, unknown))
        return [
            Hit(rows[id_], float(distance))
            for id_, distance in zip(ids, distances, strict=True)
            if id_ in rows
        ]

    def close(self) -> None:
        """Closes Chroma; collections in memory go, as all of a process share one system."""
        if self._temporary:
            for collection in self._collections.values():
                self._client.delete_collection(collection.name)
        self._client.close()  # type: ignore[attr-defined]  # on Client, missing in ClientAPI

    def _rows(self, name: MemoryName, ids: list[str]) -> dict[str, Row]:
        found = self._call(name, "get", ids=ids, include=["documents", "metadatas"])
        return self._readable(name, found["ids"], found["documents"], found["metadatas"])

    def _readable(
        self,
        name: MemoryName,
        ids: Sequence[str],
        texts: Sequence[str],
        facts: Sequence[Mapping[str, Any]],
    ) -> dict[str, Row]:
        """The rows that the memory may hold; of others a warning tells once."""
        rows: dict[str, Row] = {}
        for id_, text, metadata in zip(ids, texts, facts, strict=True):
            try:
                row = row_of(text, metadata)
                check_row(name, row)
            except (*NOT_A_RECORD, BadRowError) as error:
                self._skipped.add(name, error)
            else:
                rows[id_] = row
        self._skipped.tell()
        return rows

    def _call(self, name: MemoryName, method: str, **arguments: Any) -> Any:
        """Calls Chroma; retries once if another process has replaced the collection."""
        from chromadb.errors import NotFoundError

        if method in WRITES:
            self._kept.forget(name, arguments["ids"])
        with self._loss_explained():
            try:
                return getattr(self._collections[name], method)(**arguments)
            except NotFoundError:
                self._collections[name] = self._open(name)
                return getattr(self._collections[name], method)(**arguments)

    @contextmanager
    def _loss_explained(self) -> Iterator[None]:
        """Turns the error of a server that went away into one that says what to do."""
        from httpx import TransportError

        try:
            yield
        except TransportError as error:
            raise StoreError(self._if_lost) from error
        except TimeoutError as error:
            raise StoreError(f"{error}: {self._if_lost}") from error

    def _batches(self, rows: Sequence[Row], vectors: Vectors) -> Iterable[dict[str, Any]]:
        for start in range(0, len(rows), self._batch):
            part = rows[start : start + self._batch]
            yield {
                "ids": [row.id for row in part],
                "embeddings": vectors[start : start + self._batch],
                "documents": [row.text for row in part],
                "metadatas": [metadata_of(row) for row in part],
            }

    def _open(self, name: MemoryName) -> "Collection":
        final = self._collection_name(name)
        fresh = self._find(f"{final}.fresh")
        if fresh and self._find(final):
            self._client.delete_collection(fresh.name)
        elif fresh:  # interrupted between deletion and renaming
            fresh.modify(name=final)
        collection = self._create(self._client.get_or_create_collection, final)
        # Chroma would silently accept a collection of another configuration
        space = (collection.configuration.get("hnsw") or {}).get("space")
        embedding = (collection.metadata or {}).get("embedding")
        if space != SPACE or embedding != self._embedding:
            raise StoreError(
                f"collection {collection.name!r} has distance {space!r} and embedding "
                f"{embedding!r}, expected 'l2' and {self._embedding!r}: use another memory"
            )
        return collection

    def _find(self, name: str) -> "Collection | None":
        from chromadb.errors import NotFoundError

        try:
            return self._client.get_collection(name, embedding_function=None)
        except NotFoundError:
            return None

    def _create(self, create: Callable[..., "Collection"], name: str) -> "Collection":
        about = {"embedding": self._embedding}
        return create(name, embedding_function=None, configuration={"hnsw": HNSW}, metadata=about)

    def _collection_name(self, name: MemoryName) -> str:
        return f"{self._namespace}.{name}"


def _parts(rows: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))
