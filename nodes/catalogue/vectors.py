"""Vectors of a catalogue's texts, embedded at first use and cached on disk."""

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stores import Embedder, embed_cached


class LazyVectors:
    """One vector a text; threads that ask during the first embedding wait for it."""

    def __init__(self, embedder: Embedder, texts: Sequence[str], cache: Path | None) -> None:
        self._embedder = embedder
        self._texts = texts
        self._cache = cache
        self._vectors: NDArray[np.float32] | None = None
        self._lock = threading.Lock()

    def get(self) -> NDArray[np.float32]:
        """The vectors, in the order of the texts."""
        with self._lock:
            if self._vectors is None:
                self._vectors = embed_cached(self._embedder, self._texts, self._cache)
            return self._vectors
