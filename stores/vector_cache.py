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
            durable.replace(path, save({"vectors": whole}, {"sha256": _digest(whole.tobytes())}))
    return vectors


def _embedded(embedder: Embedder, texts: Sequence[str]) -> Vectors:
    """Embeds sorted by length, so that batches hold texts of similar length."""
    order = sorted(range(len(texts)), key=lambda number: len(texts[number]))
    vectors = embedder.embed([texts[number] for number in order])
    return vectors[np.argsort(order)] if order else vectors


def _read(path: Path, rows: int) -> Vectors | None:
    """The vectors of a cache file, or None if it is missing or invalid."""
    try:
        with safe_open(path, framework="numpy") as file:
            vectors: Vectors = file.get_tensor("vectors")
            expected = (file.metadata() or {}).get("sha256")
    except (OSError, SafetensorError, TypeError, ValueError):
        return None
    fits = vectors.ndim == 2 and len(vectors) == rows and vectors.dtype == np.float32
    whole = fits and bool(np.isfinite(vectors).all()) and _digest(vectors.tobytes()) == expected
    return vectors if whole else None


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
