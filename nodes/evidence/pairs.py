"""How alike users found pairs of items: what sessions told of those that they showed in turn.

Likeness is a guess at what bores users. Where a user stayed after both items it was none; where
users left, each pair that does not fit by now takes its share of the blame. A user counts once.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from stores import Origin

FITS = -np.inf
MORE_ALIKE, MOST_BLAME = 2.0, 2.0  # deviations for each departure, and how many of them count

Shifts = Mapping[str, Mapping[str, float]]  # by the titles of both, either first
Pair = tuple[str, str]


@dataclass(frozen=True)
class ShownRound:
    """An item that a user was shown in a session, at the stamp of its round, and if they stayed."""

    user: Origin
    session: int
    at: int
    item: str
    stayed: bool


@dataclass(frozen=True)
class Pairs:
    """What sessions told of pairs, for each number of rounds within which they may be shown."""

    _shifts: Mapping[int, Shifts] = field(default_factory=dict)

    def felt(
        self, alike: NDArray[np.floating], items: Sequence[str], shown: Sequence[str], within: int
    ) -> NDArray[np.float64]:
        """The likeness of items (rows) to those shown as users found it; `FITS` if they stayed."""
        shifts = self._shifts.get(within, {})
        rows = [shifts.get(item, {}) for item in items]
        moved = np.array([[row.get(other, 0.0) for other in shown] for row in rows], float)
        return np.asarray(alike + moved.reshape(alike.shape))


def pairs_of(rounds: Iterable[ShownRound], windows: Iterable[int]) -> Pairs:
    """What these rounds tell of pairs shown within so many rounds of each other."""
    sessions = defaultdict[tuple[Origin, int], dict[int, ShownRound]](dict)
    for one in rounds:
        sessions[one.user, one.session][one.at] = one
    played = list(sessions.values())
    return Pairs({window: _shifts(played, window) for window in windows})


def _shifts(sessions: Sequence[Mapping[int, ShownRound]], window: int) -> Shifts:
    """By how much likeness misses what users found.

    A pair fits unless those who left after it are more than the window times those who stayed: of
    a departure a window of pairs may be the cause.
    """
    stayed, left = (defaultdict[Pair, set[Origin]](set) for _ in range(2))
    departures: list[tuple[Origin, list[Pair]]] = []
    for session in sessions:
        for at, one in session.items():
            others = [session.get(at - gap) for gap in range(1, window + 1)]
            met = [_pair(one.item, other.item) for other in others if other]
            for pair in met:
                (stayed if one.stayed else left)[pair].add(one.user)
            if not one.stayed:
                departures.append((one.user, met))
    fits = {pair for pair, users in stayed.items() if len(left[pair]) <= window * len(users)}
    blame = defaultdict[Pair, dict[Origin, float]](dict)
    for user, met in departures:
        blamed = [pair for pair in met if pair not in fits]
        for pair in blamed:
            blame[pair][user] = max(1.0 / len(blamed), blame[pair].get(user, 0.0))
    found = {
        pair: MORE_ALIKE * min(MOST_BLAME, sum(shares.values())) for pair, shares in blame.items()
    }
    return _by_both(found | dict.fromkeys(fits, FITS))


def _pair(one: str, other: str) -> Pair:
    return (one, other) if one < other else (other, one)


def _by_both(values: Mapping[Pair, float]) -> Shifts:
    table = defaultdict[str, dict[str, float]](dict)
    for (one, other), value in values.items():
        table[one][other] = table[other][one] = value
    return dict(table)
