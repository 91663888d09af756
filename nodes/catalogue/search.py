"""Search of the catalogue by meaning, and the ratings that the training half expects."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simulator import Catalogue, RewardModel
from stores import Embedder, embed_cached

RESULTS = 24


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


@dataclass(frozen=True)
class RatedItem:
    """An item with its expected rating."""

    item: int
    rating: float


class CatalogueSearch:
    """Uses titles, genres and the training half only, as a deployed system would."""

    def __init__(
        self,
        catalogue: Catalogue,
        ratings: RewardModel,
        embedder: Embedder,
        *,
        vector_cache: Path | None = None,
    ) -> None:
        self.genres = frozenset(genre for genres in catalogue.genres for genre in genres)
        self._ratings = ratings
        self._embedder = embedder
        rows = zip(catalogue.titles, catalogue.genres, strict=True)
        texts = [f"{title} ({', '.join(genres)})" for title, genres in rows]
        self._vectors = LazyVectors(embedder, texts, vector_cache)

    def search(self, query: str, exclude: Sequence[int]) -> list[int]:
        """Items nearest in meaning to the query first, without the excluded ones."""
        likeness = self._vectors.get() @ self._embedder.embed([query])[0]
        likeness[list(exclude)] = -np.inf
        count = min(RESULTS, len(likeness) - len(set(exclude)))
        if count <= 0:
            return []
        nearest = np.argpartition(-likeness, count - 1)[:count]
        return [int(item) for item in nearest[np.lexsort((nearest, -likeness[nearest]))]]

    def rated(self, user: int, items: Sequence[int]) -> list[RatedItem]:
        """The items with their expected ratings, best first."""
        ratings = self._ratings.rate(user, items)
        rated = [RatedItem(item, float(value)) for item, value in zip(items, ratings, strict=True)]
        return sorted(rated, key=lambda one: (-one.rating, one.item))
