"""Caches the vectors of a list of texts in a file, as embedding a catalogue takes minutes."""

import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

import durable
from stores.embeddings import Embedder, Vectors

SUFFIX = ".safetensors"


def embed_cached(embedder: Embedder, texts: Sequence[str], folder: Path | None) -> Vectors:
    """One row per text, read from an intact cache file, or else embedded and cached.

    If the folder cannot be written, the vectors are embedded again next time.
    """
    if folder is None or not texts:
        return _embedded(embedder, texts)
    path = folder / (_digest(json.dumps([embedder.name, *texts]).encode()) + SUFFIX)
    vectors = _read(path, len(texts))
    if vectors is None:
        vectors = _embedded(embedder, texts)
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            whole = np.ascontiguousarray(vectors)
            durable.replace(path, save({"vectors": whole}, {"sha256": _digest(whole.data)}))
        kept = _read(path, len(texts))  # instead of the copy in memory
        vectors = vectors if kept is None else kept
    return vectors


def _embedded(embedder: Embedder, texts: Sequence[str]) -> Vectors:
    """Embeds sorted by length, so that batches hold texts of similar length."""
    order = sorted(range(len(texts)), key=lambda number: len(texts[number]))
    vectors = embedder.embed([texts[number] for number in order])
    return vectors[np.argsort(order)] if order else vectors


def _read(path: Path, rows: int) -> Vectors | None:
    """The vectors of a cache file, or None if it is missing or invalid.

    The file is mapped, not copied: processes share its pages, and the system may drop them.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            kept = file.get_slice("vectors")
            shape, kind = tuple(kept.get_shape()), kept.get_dtype()
            alone = len(file.keys()) == 1
            expected = (file.metadata() or {}).get("sha256")
        if not alone or kind != "F32" or len(shape) != 2 or shape[0] != rows or not shape[1]:
            return None
        with path.open("rb") as raw:
            start = 8 + int.from_bytes(raw.read(8), "little")  # the length of the header, then it
        mapped = np.memmap(path, np.float32, mode="r", offset=start, shape=shape)
    except (OSError, SafetensorError, TypeError, ValueError):
        return None
    vectors: Vectors = np.asarray(mapped)
    whole = (
        bool(np.isfinite([vectors.min(), vectors.max()]).all())
        and _digest(vectors.data) == expected
    )
    return vectors if whole else None


def _digest(data: bytes | memoryview) -> str:
    return hashlib.sha256(data).hexdigest()
