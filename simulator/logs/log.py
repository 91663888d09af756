"""A log of ratings with optional times, users and items numbered from 0, and its k-core."""

from bisect import bisect
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from simulator.arrays import Indices, Ratings
from simulator.catalogue import Catalogue
from simulator.errors import WorldError
from simulator.text import plural

Times = NDArray[np.int64]


@dataclass(frozen=True, eq=False, repr=False)
class Log:
    """Ratings in columns, one per user and item; names are the publisher's ids."""

    users: Indices
    items: Indices
    ratings: Ratings
    times: Times | None
    user_names: tuple[str, ...]
    item_names: tuple[str, ...]
    catalogue: Catalogue
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        """The number of ratings."""
        return len(self.users)

    def __str__(self) -> str:
        """Its size, for messages."""
        users, items = len(self.user_names), len(self.item_names)
        parts = plural(users, "user"), plural(items, "item"), plural(len(self), "rating")
        return "{}, {} and {}".format(*parts)


def distinct_rows(users: Indices, items: Indices, *ranks: NDArray[np.generic]) -> NDArray[np.intp]:
    """One row per user and item: the one with the highest ranks, the last of equals."""
    pairs = users.astype(np.int64) * (int(items.max(initial=0)) + 1) + items
    order = np.lexsort((*reversed(ranks), pairs))
    last = np.ones(len(order), bool)
    last[:-1] = pairs[order[1:]] != pairs[order[:-1]]
    return np.sort(order[last])


def k_core(log: Log, k: int) -> Log:
    """The largest part of the log in which every user and item has at least k ratings."""
    kept = core_rows(log.users, log.items, k)
    if not len(kept):
        # binary search, as each core contains the next
        most = bisect(range(1, k), False, key=lambda n: not len(core_rows(log.users, log.items, n)))
        raise WorldError(
            f"the {k}-core is empty: of {log} nothing is left where every user and item "
            f"must have {k}; the largest k that leaves something is {most}"
        )
    present, users = np.unique(log.users[kept], return_inverse=True)
    offered, items = np.unique(log.items[kept], return_inverse=True)
    core = replace(
        log,
        users=users.astype(np.int32),
        items=items.astype(np.int32),
        ratings=log.ratings[kept],
        times=None if log.times is None else log.times[kept],
        user_names=tuple(log.user_names[i] for i in present),
        item_names=tuple(log.item_names[i] for i in offered),
        catalogue=Catalogue(  # numbers added to equal titles stay
            tuple(log.catalogue.titles[i] for i in offered),
            tuple(log.catalogue.genres[i] for i in offered),
        ),
    )
    return replace(core, notes=(*log.notes, f"the {k}-core keeps {core} of {log}"))


def core_rows(users: Indices, items: Indices, k: int) -> NDArray[np.intp]:
    """The rows of the k-core: users and items with fewer are dropped until none is left."""
    kept = np.arange(len(users))
    while len(kept):
        who, what = users[kept], items[kept]
        enough = (np.bincount(who)[who] >= k) & (np.bincount(what)[what] >= k)
        if enough.all():
            break
        kept = kept[enough]
    return kept
