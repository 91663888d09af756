"""The catalogue as an agent sees it: searchable by meaning, rated by the training half."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simulator import Catalogue, RewardModel
from stores import Embedder, embed_cached

CONSIDERED = 24


@dataclass(frozen=True)
class Offer:
    """An item that could be recommended, with the rating that the training half expects."""

    item: int
    rating: float


class Shelf:
    """Knows titles, genres and the training half only, as a deployed system would."""

    def __init__(
        self,
        catalogue: Catalogue,
        taste: RewardModel,
        embedder: Embedder,
        *,
        kept: Path | None = None,
    ) -> None:
        self.catalogue = catalogue
        self.genres = frozenset(genre for genres in catalogue.genres for genre in genres)
        self._taste = taste
        self._embedder = embedder
        self._kept = kept
        self._vectors: NDArray[np.float32] | None = None
        self._lock = threading.Lock()

    def search(self, query: str, known: Sequence[int]) -> list[int]:
        """Items that the user does not know, nearest in meaning to the query first."""
        likeness = self._all_vectors() @ self._embedder.embed([query])[0]
        likeness[list(known)] = -np.inf
        count = min(CONSIDERED, len(likeness) - len(set(known)))
        if count <= 0:
            return []
        nearest = np.argpartition(-likeness, count - 1)[:count]
        return [int(item) for item in nearest[np.lexsort((nearest, -likeness[nearest]))]]

    def rated(self, user: int, items: Sequence[int]) -> list[Offer]:
        """The items with their expected ratings, best first."""
        ratings = self._taste.rate(user, items)
        offers = [Offer(item, float(rating)) for item, rating in zip(items, ratings, strict=True)]
        return sorted(offers, key=lambda offer: (-offer.rating, offer.item))

    def _all_vectors(self) -> NDArray[np.float32]:
        with self._lock:
            if self._vectors is None:
                texts = [
                    f"{title} ({', '.join(genres)})"
                    for title, genres in zip(
                        self.catalogue.titles, self.catalogue.genres, strict=True
                    )
                ]
                self._vectors = embed_cached(self._embedder, texts, self._kept)
            return self._vectors
