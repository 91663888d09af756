"""Distances between the items of a catalogue, and quantiles of those of all pairs."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simulator.arrays import Vectors

EXACT_BELOW = 4_000
SAMPLED_PAIRS = 2_000_000
PAIRS_AT_ONCE = 100_000
ROWS_AT_ONCE = 256
KEPT_BELOW = 5_000  # items: 100 MB
ROUNDING = 4e-6  # error of float32 squared distances relative to the largest norm


def quantile_distances(
    vectors: Vectors, quantiles: Sequence[float], seed: int = 0
) -> NDArray[np.float64]:
    """Quantiles over all pairs, or over a sample of pairs in large catalogues."""
    if len(vectors) < 2:
        return np.zeros(len(quantiles))
    squares = _all_squares(vectors) if len(vectors) < EXACT_BELOW else _some_squares(vectors, seed)
    return np.sqrt(np.quantile(squares, quantiles).astype(np.float64))


def _all_squares(vectors: Vectors) -> NDArray[np.float32]:
    """Squared distances of every pair."""
    points = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    norms, count = (points * points).sum(axis=1), len(points)
    squares = np.empty(count * (count - 1) // 2, np.float32)
    filled = 0
    for start in range(0, count, ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        block = norms[rows, None] + norms - 2.0 * points[rows] @ points.T
        later = block[np.arange(count) > np.arange(start, start + len(block))[:, None]]
        squares[filled : filled + later.size] = np.maximum(later, 0.0)
        filled += later.size
    return squares


def _some_squares(vectors: Vectors, seed: int) -> NDArray[np.float32]:
    """Squared distances of random pairs of different items."""
    rng = np.random.default_rng(seed)
    first = rng.integers(len(vectors), size=SAMPLED_PAIRS)
    second = (first + rng.integers(1, len(vectors), size=SAMPLED_PAIRS)) % len(vectors)
    squares = np.empty(SAMPLED_PAIRS, np.float32)
    for start in range(0, SAMPLED_PAIRS, PAIRS_AT_ONCE):
        part = slice(start, start + PAIRS_AT_ONCE)
        gaps = vectors[first[part]] - vectors[second[part]]
        squares[part] = (gaps * gaps).sum(axis=1)
    return squares


class CatalogueDistances:
    """Squared distances of the whole catalogue to some items.

    Those of all pairs are kept, unless the catalogue is large: then each takes a matrix product.
    """

    def __init__(self, vectors: Vectors) -> None:
        centred = (vectors - vectors.mean(axis=0)).astype(np.float32)
        squares = (centred * centred).sum(axis=1, keepdims=True)
        ones = np.ones_like(squares)
        self._from = np.hstack([-2.0 * centred, squares, ones])
        self._to = np.ascontiguousarray(np.hstack([centred, ones, squares]).T)
        self._kept = self._from @ self._to if len(vectors) < KEPT_BELOW else None
        self.rounding = ROUNDING * float(squares.max())

    def nearest(self, items: NDArray[np.int32]) -> NDArray[np.float32]:
        """Per row of items, the distance of every item to the nearest of them; -1 is no item."""
        nearest = np.full((len(items), self._to.shape[1]), np.inf, np.float32)
        for column in items.T:
            gaps = self._from[column] @ self._to if self._kept is None else self._kept[column]
            gaps[column < 0] = np.inf
            np.minimum(nearest, gaps, out=nearest)
        return nearest
