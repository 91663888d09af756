"""The quit rule: when a user leaves a session."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from simulator.arrays import Flags, Indices, Ratings, Vectors

QuitCause = Literal["repeated", "similar", "disliked"]
QUIT_CAUSES: tuple[QuitCause | None, ...] = (None, *get_args(QuitCause))
REPEATED, SIMILAR, DISLIKED = (QUIT_CAUSES.index(cause) for cause in get_args(QuitCause))


@dataclass(frozen=True)
class QuitRule:
    """A user quits over an item shown before, one too like a recent one, or one rated too low."""

    beta: float
    window: int = 4
    min_reward: float = 2.0
    no_repeats: bool = True

    def cause(
        self, item: int, shown: Sequence[int], reward: float, vectors: Vectors
    ) -> QuitCause | None:
        """Why the user quits over this item, or None if they stay; checked from the first round."""
        if self.no_repeats and item in shown:
            return "repeated"
        recent = shown[-self.window :] if self.window > 0 else []
        if len(recent) and nearest_distance(item, recent, vectors) < self.beta:
            return "similar"
        if reward < self.min_reward:
            return "disliked"
        return None

    def causes(
        self, items: Indices, repeated: Flags, recent: Indices, rewards: Ratings, vectors: Vectors
    ) -> NDArray[np.int8]:
        """`cause` for many users, as indices into `QUIT_CAUSES`; -1 in `recent` is no item."""
        codes = np.zeros(len(items), np.int8)
        codes[rewards.astype(np.float64) < self.min_reward] = DISLIKED
        codes[nearest_distances(items, recent, vectors) < self.beta] = SIMILAR
        if self.no_repeats:
            codes[repeated] = REPEATED
        return codes

    def as_in_paper(self) -> "QuitRule":
        """The paper's rule, in which a repeat outside the window is no cause of its own."""
        return QuitRule(self.beta, self.window, self.min_reward, no_repeats=False)

    def with_window(self, window: int) -> "QuitRule":
        """The same rule with another window."""
        return QuitRule(self.beta, window, self.min_reward, self.no_repeats)


def nearest_distance(item: int, others: Sequence[int], vectors: Vectors) -> float:
    """The L2 distance to the nearest of the others (Eq. 19)."""
    gaps = vectors[list(others)] - vectors[item]
    return float(np.sqrt((gaps * gaps).sum(axis=1).min()))


def nearest_distances(items: Indices, others: Indices, vectors: Vectors) -> NDArray[np.float64]:
    """`nearest_distance` for many items, equal to the last bit; -1 in `others` is no item."""
    own = vectors[items]
    nearest = np.full(len(items), np.inf, np.float32)
    for column in others.T:
        gaps = vectors[column] - own
        gaps *= gaps
        squares = np.where(column >= 0, gaps.sum(axis=1), np.float32(np.inf))
        np.minimum(nearest, squares, out=nearest)
    # double precision as beta has it: numpy would round beta to float32 before comparing
    return np.sqrt(nearest).astype(np.float64)
