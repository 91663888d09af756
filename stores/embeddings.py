"""Sentence embeddings on the CPU: checked weights, unit vectors, every text embedded once."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from stores.batched_encoder import Shared
from stores.encoder_process import EncoderProcess
from stores.weights import DEFAULT_EMBEDDING

Vectors = NDArray[np.float32]

CACHED_TEXTS = 20_000
TEXTS_A_TURN = 128  # of one caller, so that a whole catalogue keeps no other waiting for long


class Embedder(Protocol):
    """Turns texts into unit vectors; squared L2 distances between them are what thresholds mean."""

    name: str

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row per text."""
        ...


class SentenceEmbedder:
    """A sentence-transformers model, loaded at the first text; threads that wait share a batch."""

    def __init__(self, name: str = DEFAULT_EMBEDDING, *, cached_texts: int = CACHED_TEXTS) -> None:
        self.name = name
        self._vectors = Shared(self._encode, remembered=cached_texts)
        self._encoder = EncoderProcess(name)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder.embed`; texts already seen cost a look-up."""
        if not texts:
            return np.empty((0, 0), np.float32)
        parts = range(0, len(texts), TEXTS_A_TURN)
        return np.stack(
            [
                vector
                for start in parts
                for vector in self._vectors(texts[start : start + TEXTS_A_TURN])
            ]
        )

    def _encode(self, texts: list[str]) -> Vectors:
        return self._encoder.encode(texts)


def squared_distances(vector: Vectors, others: Vectors) -> NDArray[np.float32]:
    """Squared L2 distances, as Chroma and FAISS give them."""
    gaps = others - vector
    return np.asarray((gaps * gaps).sum(axis=1), np.float32)
