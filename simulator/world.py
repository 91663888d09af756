"""A world: a catalogue, reward models of two halves of a log, histories and a quit rule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, get_args

import numpy as np
from numpy.typing import NDArray

from simulator.arrays import Indices, Ratings, Vectors
from simulator.catalogue import Catalogue
from simulator.distances import CatalogueDistances
from simulator.errors import WorldError
from simulator.quit_rule import QuitRule

if TYPE_CHECKING:
    from simulator.building.split import SplitMethod
    from simulator.logs.frame_table import DataFrame

HalfName = Literal["train", "test"]
HALVES: tuple[HalfName, ...] = get_args(HalfName)
RATING_MIN, RATING_MAX = 1.0, 5.0


class RewardModel(Protocol):
    """Predicts what a user would rate items (Eq. 18)."""

    def rate(self, user: int, items: Sequence[int] | None = None) -> Ratings:
        """Ratings of these items, or of the whole catalogue, within the rating scale."""
        ...

    def rate_pairs(self, users: Indices, items: Indices) -> Ratings:
        """The rating of the n-th item by the n-th user, for many pairs at once."""
        ...

    def rate_all(self, users: Indices) -> Ratings:
        """A row of ratings of the whole catalogue for each of a few users."""
        ...


@dataclass(frozen=True, eq=False)
class Half:
    """One half of the log: its reward model, and the item vectors for distances (Eq. 19)."""

    rewards: RewardModel
    vectors: Vectors

    @cached_property
    def distances(self) -> CatalogueDistances:
        """Distances between items; made when they are first asked for."""
        return CatalogueDistances(self.vectors)


@dataclass(frozen=True, eq=False)
class World:
    """Everything that an episode needs to know about users and items; read-only.

    Histories and popularity (ratings per item) come from the training half; `crossfit` rates each
    user by a model that has not seen that user's ratings; the digest distinguishes worlds of the
    same name; a world that is made by code has no folder.
    """

    name: str
    catalogue: Catalogue
    halves: Mapping[HalfName, Half]
    histories: Sequence[Sequence[int]]
    rule: QuitRule
    popularity: NDArray[np.int32] | None = None
    digest: str = ""
    folder: Path | None = None
    crossfit: RewardModel | None = None

    @classmethod
    def from_frames(
        cls,
        ratings: "DataFrame",
        items: "DataFrame | None" = None,
        *,
        name: str = "",
        folder: Path | str | None = None,
        k: int = 5,
        seed: int = 0,
        halves: "SplitMethod" = "auto",
        negatives: "float | Literal['auto']" = "auto",
        replace: bool = False,
    ) -> "World":
        """The world of two pandas or polars frames, written to `.billp/worlds/NAME` or a folder.

        `ratings` has the columns user, item, rating and perhaps time, `items` has item, title and
        perhaps genres. The same frames and settings find the world that they made before.
        """
        from simulator.building.build import BuildSettings
        from simulator.building.from_frames import world_from_frames

        settings = BuildSettings(k=k, seed=seed, halves=halves, negatives=negatives)
        return world_from_frames(ratings, items, settings, name, folder, replace=replace)

    @property
    def users(self) -> int:
        """The number of users, who are numbered from 0."""
        return len(self.histories)

    def item_popularity(self) -> Indices:
        """Ratings per item, or views per item where the world has no ratings."""
        if self.popularity is not None:
            return self.popularity
        viewed = np.fromiter(chain.from_iterable(self.histories), np.intp)
        return np.bincount(viewed, minlength=len(self.catalogue))

    def half(self, name: str) -> Half:
        """The half of that name."""
        for known in HALVES:
            if known == name:
                return self.halves[known]
        raise WorldError(f"unknown half {name!r} of world {self.name!r}: use 'train' or 'test'")

    def expected(self, half: HalfName) -> RewardModel:
        """What an agent may expect of users whom this half plays; never the test half's ratings.

        The rewards that play a user would be expectations without errors, so what an agent learns
        on the training half could not tell it how far expectations are to be trusted. On the test
        half they are the mean of all models that were fitted on the training half.
        """
        from simulator.rewards.crossfit import CrossFitted

        whole = self.halves["train"].rewards
        if half == "train":
            return whole if self.crossfit is None else self.crossfit
        if isinstance(self.crossfit, CrossFitted):
            return self.crossfit.averaged_with(whole)
        return whole

    def check_user(self, user: object) -> int:
        """The user's number; raises if there is no such user."""
        number = int(user) if isinstance(user, int | np.integer) else -1
        if isinstance(user, bool) or not 0 <= number < self.users:
            raise WorldError(
                f"unknown user {user!r} in world {self.name!r}: users are 0 to {self.users - 1}"
            )
        return number
