"""Sentence embeddings on the CPU: checked weights, unit vectors, every text embedded once."""

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import chain
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from stores.batched_encoder import BatchedEncoder
from stores.encoder import Encode, load_encoder
from stores.weights import DEFAULT_EMBEDDING

Vectors = NDArray[np.float32]

CACHED_TEXTS = 20_000
TEXTS_PER_CALL = 128  # a caller who embeds a catalogue must not block the others for long


class Embedder(Protocol):
    """Turns texts into unit vectors; thresholds are squared L2 distances between them."""

    name: str

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row per text."""
        ...


class SentenceEmbedder:
    """A sentence-transformers model, loaded at the first text; concurrent texts share batches."""

    def __init__(
        self,
        name: str = DEFAULT_EMBEDDING,
        *,
        cached_texts: int = CACHED_TEXTS,
        encode: Encode | None = None,
    ) -> None:
        self.name = name
        self._encode = encode
        self._vectors = BatchedEncoder(self._encoded, cache_size=cached_texts)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder.embed`; vectors of recent texts come from a cache."""
        if not texts:
            return np.empty((0, 0), np.float32)
        parts = range(0, len(texts), TEXTS_PER_CALL)
        vectors = [self._vectors(texts[start : start + TEXTS_PER_CALL]) for start in parts]
        return np.stack(list(chain.from_iterable(vectors)))

    def remember(self, vectors: Mapping[str, Vectors]) -> None:
        """Takes over vectors that this model gave in another process."""
        self._vectors.add(vectors)

    def _encoded(self, texts: Sequence[str]) -> Vectors:
        """Only one thread at a time is in this method, so the model is loaded once."""
        self._encode = self._encode or load_encoder(self.name)
        return self._encode(texts)


@cache
def default_embedder() -> SentenceEmbedder:
    """The embedder that a process shares; it loads its model at the first text."""
    return SentenceEmbedder()


def squared_distances(vector: Vectors, others: Vectors) -> NDArray[np.float32]:
    """Squared L2 distances, as Chroma and FAISS give them."""
    gaps = others - vector
    return np.asarray((gaps * gaps).sum(axis=1), np.float32)
