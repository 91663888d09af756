"""How alike items are, as far as a recommender can know: by genres, by text, by who likes them."""

import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from nodes.catalogue.search import LazyVectors
from simulator import Catalogue, RewardModel

Column = NDArray[np.float32]
Measure = Callable[[int], Column]

GENRES, TEXT, AUDIENCE = 2.0, 1.0, 1.0  # weights, chosen on the training half (docs/decisions.md)
NO_GENRE = ""  # a kind of its own; no genre has an empty name
REFERENCE_ITEMS = 64
USERS, CELLS = 300, 4_000_000  # whose expected ratings are compared, and the most of these
CACHED_CELLS = 4_000_000


class Likeness:
    """The likeness of every item to one, in standard deviations over pairs of items.

    Items without genres count as one kind. A measure that tells no items apart has no weight.
    """

    def __init__(
        self, catalogue: Catalogue, vectors: LazyVectors, ratings: RewardModel, users: int
    ) -> None:
        self._catalogue = catalogue
        self._vectors = vectors
        self._ratings = ratings
        self._users = users
        self._measure: Measure | None = None
        self._lock = threading.Lock()
        self.to = lru_cache(max(16, CACHED_CELLS // max(1, len(catalogue))))(self._column)

    def recent(
        self, shown: Sequence[int], rounds: int, items: Sequence[int] | slice
    ) -> NDArray[np.float32]:
        """A row an item: its likeness to each of the last so many of those shown, latest first."""
        return np.stack([self.to(item)[items] for item in reversed(shown[-rounds:])], axis=1)

    def nearest(self, shown: Sequence[int], rounds: Collection[int]) -> dict[int, Column]:
        """By rounds, the likeness of every item to the nearest of the last so many shown."""
        found: dict[int, Column] = {}
        nearest = np.full(len(self._catalogue), -np.inf, np.float32)
        for ago in range(1, max(rounds) + 1):
            if ago <= len(shown):
                nearest = np.maximum(nearest, self.to(shown[-ago]))
            if ago in rounds:
                found[ago] = nearest
        return found

    def _column(self, item: int) -> Column:
        with self._lock:
            self._measure = self._measure or self._combined()
        return self._measure(item)

    def _combined(self) -> Measure:
        """The weighted sum of the measures, each in standard deviations, in such again."""
        reference = np.random.default_rng(0).permutation(len(self._catalogue))[:REFERENCE_ITEMS]
        weights = (GENRES, TEXT, AUDIENCE)
        measures = (
            by_genres(self._catalogue),
            by_vectors(self._vectors.get()),
            by_vectors(self._audiences()),
        )
        samples = [_sample(measure, reference) for measure in measures]
        scales = [_scale(sample) for sample in samples]
        parts = list(zip(weights, scales, strict=True))

        def weighted(columns: Sequence[Column]) -> Column:
            pairs = zip(parts, columns, strict=True)
            total = sum(weight * scale(column) for (weight, scale), column in pairs)
            return np.asarray(total, np.float32)

        whole = _scale(weighted(samples))
        return lambda item: whole(weighted([measure(item) for measure in measures]))

    def _audiences(self) -> NDArray[np.float32]:
        """What some users are expected to rate each item, so that products are correlations."""
        count = max(2, min(USERS, CELLS // max(1, len(self._catalogue)), self._users))
        drawn = np.random.default_rng(0).permutation(self._users)[:count]
        rows = np.array(self._ratings.rate_all(drawn).T, np.float32)
        rows -= rows.mean(axis=1, keepdims=True)
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        return np.asarray(np.divide(rows, norms, out=np.zeros_like(rows), where=norms > 0))


def by_genres(catalogue: Catalogue) -> Measure:
    """Nearness of genre sets: of the points that lie in the middle of their genres' corners."""
    members: dict[str, list[int]] = defaultdict(list)
    for item, genres in enumerate(catalogue.genres):
        for genre in genres or (NO_GENRE,):
            members[genre].append(item)
    groups = {genre: np.array(items, np.intp) for genre, items in members.items()}
    sizes = [max(1, len(genres)) for genres in catalogue.genres]
    shares = np.array([1.0 / size for size in sizes])  # of each genre of an item

    def column(item: int) -> Column:
        common = np.zeros(len(catalogue))  # how many genres each item has of this one's
        for genre in catalogue.genres[item] or (NO_GENRE,):
            common[groups[genre]] += 1.0
        gaps = shares + shares[item] - 2.0 * common * (shares * shares[item])
        return np.asarray(-np.sqrt(np.maximum(gaps, 0.0)), np.float32)

    return column


def by_vectors(vectors: NDArray[np.float32]) -> Measure:
    """Inner products with an item's vector."""
    return lambda item: np.asarray(vectors @ vectors[item], np.float32)


def _sample(measure: Measure, reference: NDArray[np.intp]) -> Column:
    """The measure of all pairs of a reference item and another."""
    columns = [np.delete(measure(int(item)), item) for item in reference]
    return np.concatenate(columns) if columns else np.zeros(1, np.float32)


def _scale(sample: Column) -> Callable[[Column], Column]:
    """To standard deviations of a sample from its mean; to 0 where it tells no items apart."""
    mean, deviation = float(sample.mean()), float(sample.std()) if sample.size else 1.0
    if not deviation > 1e-6:  # one genre for all, or a single item
        return np.zeros_like
    return lambda column: np.asarray((column - mean) / deviation, np.float32)
