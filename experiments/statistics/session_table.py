"""The finished sessions of a variant's phase as columns, and counts over all its episodes."""

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.statistics.episodes import NO_USAGE, Episode
from experiments.statistics.intervals import Floats
from experiments.statistics.metrics import SessionColumns


class SessionTable:
    """The finished sessions of a phase, sorted; failures count in `errors` and `usage` only."""

    def __init__(self, episodes: Iterable[Episode]) -> None:
        in_order = sorted(episodes, key=lambda episode: episode.place)
        self.finished = [episode for episode in in_order if not episode.error]
        self.errors = Counter(episode.error for episode in in_order if episode.error)
        self.items = Counter(chain.from_iterable(one.items for one in self.finished))
        self.found = Counter(chain.from_iterable(one.found for one in self.finished))
        self.usage = {role: NO_USAGE for one in in_order for role, _ in one.usage}
        for role, used in chain.from_iterable(episode.usage for episode in in_order):
            self.usage[role] += used

    def column(self, read: Callable[[Episode], float]) -> Floats:
        """A number of each session."""
        return np.array([read(episode) for episode in self.finished], float)

    def chosen(self, places: NDArray[np.int64]) -> list[Episode]:
        """The sessions at these places."""
        return [self.finished[place] for place in places]

    def users(self) -> NDArray[np.int64]:
        """The user of each session."""
        return np.array([episode.user for episode in self.finished], np.int64)

    def sessions(self, chosen: NDArray[Any] | slice = slice(None)) -> SessionColumns:
        """The sessions, or some of them."""
        return SessionColumns(
            self.users()[chosen],
            self.column(lambda one: one.rounds)[chosen],
            self.column(lambda one: one.total)[chosen],
        )

    def sessions_without_last(self) -> SessionColumns:
        """The sessions without the round that made the user leave."""
        return SessionColumns(
            self.users(),
            self.column(lambda one: one.rounds - (one.cause is not None)),
            self.column(lambda one: one.total_without_last),
        )


def shared_sessions(
    a: SessionTable, b: SessionTable
) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    """The places in each of the sessions on the same seed, user and number; None without any."""
    first, second = (
        {(one.seed, one.user, one.number): at for at, one in enumerate(table.finished)}
        for table in (a, b)
    )
    shared = [key for key in first if key in second]
    if not shared:
        return None
    return np.array([first[key] for key in shared]), np.array([second[key] for key in shared])
