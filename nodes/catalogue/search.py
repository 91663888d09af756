"""Search of the catalogue by meaning."""

import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models import keyword_search
from nodes.catalogue.nearest import largest
from simulator import Catalogue
from stores import Embedder, embed_cached

RESULTS = 24
BY_WORDS = 200  # how many items the search by words contributes
RANK_CONSTANT = 60  # of reciprocal rank fusion, as its authors set it


class LazyVectors:
    """One vector a text; embedded at first use, while other threads wait, and cached on disk."""

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


class CatalogueSearch:
    """Finds items by their titles and genres.

    With `keywords`, items that share words with a query (BM25) are ranked beside those near it.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        embedder: Embedder,
        *,
        vector_cache: Path | None = None,
        keywords: bool = False,
    ) -> None:
        counts = Counter(genre for genres in catalogue.genres for genre in genres)
        self.genres = frozenset(counts)
        self.common_genres = tuple(sorted(counts, key=lambda genre: (-counts[genre], genre)))
        self._embedder = embedder
        rows = zip(catalogue.titles, catalogue.genres, strict=True)
        texts = [f"{title} ({', '.join(genres)})" for title, genres in rows]
        self.vectors = LazyVectors(embedder, texts, vector_cache)
        self._by_words = keyword_search(texts, BY_WORDS) if keywords else None

    def search(self, query: str, exclude: Sequence[int]) -> list[int]:
        """Items nearest in meaning to the query first, without the excluded ones."""
        likeness = self.vectors.get() @ self._embedder.embed([query])[0]
        scores = fused(likeness, self._by_words(query)) if self._by_words else likeness
        scores[list(exclude)] = -np.inf
        count = min(RESULTS, len(scores) - len(set(exclude)))
        if count <= 0:
            return []
        return [int(item) for item in largest(scores, count)]


def fused(likeness: NDArray[np.float32], by_words: Sequence[int]) -> NDArray[np.float32]:
    """Reciprocal rank fusion of the items by likeness with those found by words, best first."""
    ranks = np.empty(len(likeness))
    ranks[np.argsort(-likeness, kind="stable")] = np.arange(1, len(likeness) + 1)
    scores = 1.0 / (RANK_CONSTANT + ranks)
    scores[list(by_words)] += 1.0 / (RANK_CONSTANT + np.arange(1, len(by_words) + 1))
    return scores.astype(np.float32)
