"""Groups of items by popularity (figure 3 of the paper)."""

from collections import Counter
from collections.abc import Mapping
from itertools import chain

import numpy as np

from simulator import World

GROUPS = 5


def popularity_groups(world: World) -> dict[str, int]:
    """The group of every title; group 1 is the most popular fifth of the items."""
    popularity = world.popularity
    if popularity is None:
        views = np.fromiter(chain.from_iterable(world.histories), np.int64)
        popularity = np.bincount(views, minlength=len(world.catalogue)).astype(np.int32)
    order = np.argsort(-popularity.astype(np.int64), kind="stable")
    groups = np.empty(len(order), np.int64)
    groups[order] = np.arange(len(order)) * GROUPS // max(len(order), 1) + 1
    return {title: int(groups[item]) for item, title in enumerate(world.catalogue.titles)}


def group_shares(items: Mapping[str, int], groups: Mapping[str, int]) -> list[float] | None:
    """The share of recommendations that went to each group; None where no item is known."""
    counts = Counter[int]()
    for title, count in items.items():
        if title in groups:
            counts[groups[title]] += count
    total = counts.total()
    return [counts[group] / total for group in range(1, GROUPS + 1)] if total else None
