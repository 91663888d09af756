"""Brings a memory's index in line with given rows with the fewest writes."""

from collections.abc import Collection, Mapping

import numpy as np

from stores.embeddings import Embedder, Vectors
from stores.index import Index
from stores.rows import MemoryName, Row


def sync_index(
    index: Index,
    name: MemoryName,
    rows: Mapping[str, Row],
    found: Mapping[str, Row],
    embedder: Embedder,
) -> None:
    """Turns the indexed rows `found` into `rows`; embeds only texts that are new."""
    known = {id_ for id_, row in found.items() if id_ in rows and rows[id_].text == row.text}
    if found.keys() <= rows.keys():
        fresh = [row for id_, row in rows.items() if id_ not in known]
        index.put(name, fresh, embedder.embed([row.text for row in fresh]))
        index.update(name, [rows[id_] for id_ in found if id_ in known and rows[id_] != found[id_]])
    else:
        vectors = _vectors(index, name, rows, known, embedder)
        index.replace(name, list(rows.values()), vectors)


def _vectors(
    index: Index,
    name: MemoryName,
    rows: Mapping[str, Row],
    known: Collection[str],
    embedder: Embedder,
) -> Vectors:
    """The rows' vectors in order: stored ones where possible, others embedded."""
    if not rows:
        return np.empty((0, 0), np.float32)
    fresh = [id_ for id_ in rows if id_ not in known]
    stored = [id_ for id_ in rows if id_ in known]
    parts = [index.vectors(name, stored)] if stored else []
    parts += [embedder.embed([rows[id_].text for id_ in fresh])] if fresh else []
    place = {id_: number for number, id_ in enumerate([*stored, *fresh])}
    return np.concatenate(parts)[[place[id_] for id_ in rows]]
