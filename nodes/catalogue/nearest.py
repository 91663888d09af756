"""The best of many items, without sorting or comparing them all."""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from stores import squared_distances

Numbers = NDArray[np.float32]

ROUNDING = 1e-4  # more than products of unit vectors lose


def nearest(vector: Numbers, vectors: Numbers, excluded: Collection[int]) -> int:
    """The first of the unit vectors at the least distance from another, the excluded ones apart.

    A product finds the few that may be meant. Their distances decide, since a product may differ
    between equal rows.
    """
    products = vectors @ vector
    products[list(excluded)] = -np.inf
    close = np.flatnonzero(products >= products.max() - ROUNDING)
    return int(close[np.argmin(squared_distances(vector, vectors[close]))])


def largest(values: Numbers, count: int) -> NDArray[np.intp]:
    """The places of the largest numbers, the largest and of equal ones the first before."""
    if count == 1 and len(values):
        return np.array([values.argmax()])
    if 0 < count < len(values):
        least = np.partition(values, len(values) - count)[len(values) - count]
        among = np.flatnonzero(values >= least)
    else:
        among = np.arange(len(values))
    return among[np.argsort(-values[among], kind="stable")[:count]]
