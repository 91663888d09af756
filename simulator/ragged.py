"""Lists of unequal length in two arrays."""

from collections.abc import Iterable, Sequence
from typing import overload

import numpy as np
from numpy.typing import NDArray


class Ragged(Sequence[Sequence[int]]):
    """Many short lists of items, at four bytes an item."""

    def __init__(self, values: NDArray[np.int32], starts: NDArray[np.int64]) -> None:
        self.values = values
        self.starts = starts

    @classmethod
    def of(cls, lists: Iterable[Sequence[int]]) -> "Ragged":
        """From lists, unless they are one already."""
        if isinstance(lists, cls):
            return lists
        kept = [np.asarray(one, np.int32) for one in lists]
        starts = np.concatenate([[0], np.cumsum([len(one) for one in kept])]).astype(np.int64)
        return cls(np.concatenate([np.empty(0, np.int32), *kept]), starts)

    def __len__(self) -> int:
        return len(self.starts) - 1

    @overload
    def __getitem__(self, index: int) -> Sequence[int]: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Sequence[int]]: ...
    def __getitem__(self, index: int | slice) -> Sequence[int] | Sequence[Sequence[int]]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        index %= len(self)
        return [int(v) for v in self.values[self.starts[index] : self.starts[index + 1]]]
