"""When a user has had enough."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

QuitCause = Literal["repeated", "similar", "disliked"]
CAUSES: tuple[QuitCause | None, ...] = (None, *get_args(QuitCause))
REPEATED, SIMILAR, DISLIKED = (CAUSES.index(cause) for cause in get_args(QuitCause))

Indices = NDArray[np.integer[Any]]


@dataclass(frozen=True)
class QuitRule:
    """A user quits over an item shown before, one too like a recent one, or one rated too low."""

    beta: float
    window: int = 4
    min_reward: float = 2.0
    no_repeats: bool = True

    def cause(
        self, item: int, shown: Sequence[int], reward: float, vectors: NDArray[np.float32]
    ) -> QuitCause | None:
        """Why the user leaves at this item, or None when they stay; checked from the first step."""
        if self.no_repeats and item in shown:
            return "repeated"
        recent = shown[-self.window :] if self.window > 0 else []
        if len(recent) and nearest_distance(item, recent, vectors) < self.beta:
            return "similar"
        if reward < self.min_reward:
            return "disliked"
        return None

    def causes(
        self,
        items: Indices,
        repeated: NDArray[np.bool_],
        recent: Indices,
        rewards: NDArray[np.float32],
        vectors: NDArray[np.float32],
    ) -> NDArray[np.int8]:
        """`cause` for many users at once, as places in `CAUSES`; -1 in `recent` is nothing."""
        codes = np.zeros(len(items), np.int8)
        codes[rewards.astype(np.float64) < self.min_reward] = DISLIKED
        codes[nearest_distances(items, recent, vectors) < self.beta] = SIMILAR
        if self.no_repeats:
            codes[repeated] = REPEATED
        return codes

    def as_in_paper(self) -> "QuitRule":
        """The paper's rules: only the window and the rating count, repeats outside it do not."""
        return QuitRule(self.beta, self.window, self.min_reward, no_repeats=False)

    def with_window(self, window: int) -> "QuitRule":
        """The same user with a longer or shorter memory of what was shown."""
        return QuitRule(self.beta, window, self.min_reward, self.no_repeats)


def nearest_distance(item: int, others: Sequence[int], vectors: NDArray[np.float32]) -> float:
    """The L2 distance to the nearest of the others (Eq. 19)."""
    gaps = vectors[list(others)] - vectors[item]
    return float(np.sqrt((gaps * gaps).sum(axis=1).min()))


def nearest_distances(
    items: Indices, others: Indices, vectors: NDArray[np.float32]
) -> NDArray[np.float64]:
    """`nearest_distance` to a row of others for each item, to the last bit; -1 is nobody."""
    own = vectors[items]
    nearest = np.full(len(items), np.inf, np.float32)
    for column in others.T:
        gaps = vectors[column] - own
        gaps *= gaps
        squares = np.where(column >= 0, gaps.sum(axis=1), np.float32(np.inf))
        np.minimum(nearest, squares, out=nearest)
    # in double precision, for beta is: a float32 array would round beta before it compares
    return np.sqrt(nearest).astype(np.float64)
