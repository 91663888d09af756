"""Many users at once, as arrays; each session is the same as `Environment` plays it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.arrays import Flags, IndexList, Indices, Ratings
from simulator.environment import UserSimulation
from simulator.errors import WorldError
from simulator.quit_rule import QUIT_CAUSES, QuitCause

NO_ITEM = -1


@dataclass(eq=False)
class Sessions:
    """A row per session: its user and the items shown so far, then `NO_ITEM`."""

    users: NDArray[np.intp]
    shown: NDArray[np.int32]
    lengths: NDArray[np.intp]

    @classmethod
    def start(cls, users: IndexList, max_rounds: int) -> "Sessions":
        """Sessions in which nothing was shown yet."""
        count = len(users)
        shown = np.full((count, max_rounds), NO_ITEM, np.int32)
        return cls(np.array(users, np.intp), shown, np.zeros(count, np.intp))

    @classmethod
    def one(cls, user: int, shown: Sequence[int]) -> "Sessions":
        """One session in which these items were shown."""
        row = np.array(shown, np.int32)[None, :]
        return cls(np.array([user], np.intp), row, np.array([row.size], np.intp))

    def __len__(self) -> int:
        return len(self.users)

    def recent(self, count: int) -> NDArray[np.int32]:
        """The last items of each session, the latest first."""
        places = self.lengths[:, None] - 1 - np.arange(count)
        if not self.shown.shape[1]:
            return np.full(places.shape, NO_ITEM, np.int32)
        items = np.take_along_axis(self.shown, np.maximum(places, 0), axis=1)
        items[places < 0] = NO_ITEM
        return items

    def repeated(self, items: Indices) -> Flags:
        """Where the item was shown before in the same session."""
        used = self.shown[:, : self.lengths.max(initial=0)]
        return np.asarray((used == items.astype(np.int32)[:, None]).any(axis=1))

    def append(self, items: Indices) -> None:
        """Adds one shown item to each session."""
        self.shown[np.arange(len(self)), self.lengths] = items
        self.lengths += 1

    def replace(self, rows: Indices, users: IndexList) -> None:
        """Starts new sessions with these users in the given rows."""
        self.users[rows] = users
        self.shown[rows] = NO_ITEM
        self.lengths[rows] = 0

    def select(self, rows: slice | Indices | Flags) -> "Sessions":
        """Some of the sessions; a slice shares their arrays."""
        return Sessions(self.users[rows], self.shown[rows], self.lengths[rows])


@dataclass(frozen=True, eq=False)
class BatchOutcome:
    """See `Outcome`; causes are indices into `QUIT_CAUSES`, 0 for users who stay."""

    rewards: Ratings
    terminated: Flags
    truncated: Flags
    causes: NDArray[np.int8]

    @property
    def over(self) -> Flags:
        """Where the session has ended."""
        return self.terminated | self.truncated

    def cause_names(self) -> list[QuitCause | None]:
        """The causes by name."""
        return [QUIT_CAUSES[code] for code in self.causes]


class BatchEnvironment(UserSimulation):
    """Parallel sessions: `reset(users)`, then `step(items)`, and `restart` or `keep` rows."""

    sessions = Sessions.start((), 0)
    over: Flags = np.zeros(0, bool)

    def reset(self, users: IndexList) -> Sessions:
        """Starts a session per listed user; a user may be listed several times."""
        self.sessions = Sessions.start(self._checked_users(users), self.max_rounds)
        self.over = np.zeros(len(users), bool)
        return self.sessions

    def restart(self, rows: Indices, users: IndexList) -> None:
        """Starts sessions with these users in the given rows, whether or not these were over."""
        self.sessions.replace(rows, self._checked_users(users))
        self.over[rows] = False

    def restart_finished(self, rng: np.random.Generator) -> Indices:
        """Starts a random user wherever a session is over, and returns the rows."""
        rows = np.flatnonzero(self.over)
        self.restart(rows, rng.integers(self.world.users, size=len(rows)))
        return rows

    def keep(self, rows: Indices | Flags) -> None:
        """Drops all other sessions."""
        self.sessions = self.sessions.select(rows)
        self.over = self.over[rows]

    def step(self, items: IndexList) -> BatchOutcome:
        """Shows one item to every user."""
        if self.over.any() or not len(self.sessions):
            raise WorldError("a session is over: call reset, restart or keep before the next step")
        chosen = self._checked_items(items)
        sessions, half = self.sessions, self.half
        rewards = half.rewards.rate_pairs(sessions.users, chosen)
        repeated, recent = sessions.repeated(chosen), sessions.recent(self.rule.window)
        causes = self.rule.causes(chosen, repeated, recent, rewards, half.vectors)
        sessions.append(chosen)
        terminated = causes > 0
        truncated = ~terminated & (sessions.lengths >= self.max_rounds)
        self.over = terminated | truncated
        return BatchOutcome(rewards, terminated, truncated, causes)

    def _checked_users(self, users: IndexList) -> Indices:
        given = np.asarray(users)
        wrong = given[_outside(given, self.world.users)]
        if wrong.size:
            self.world.check_user(wrong.flat[0].item())
        return given.astype(np.intp)

    def _checked_items(self, items: IndexList) -> Indices:
        given, count = np.asarray(items), len(self.world.catalogue)
        if given.shape != (len(self.sessions),):
            raise WorldError(
                f"one item a user: expected shape ({len(self.sessions)},), got {given.shape}"
            )
        wrong = given[_outside(given, count)]
        if wrong.size:
            raise WorldError(f"unknown item {wrong[0].item()!r}: items are 0 to {count - 1}")
        return given.astype(np.intp)


def _outside(numbers: Indices, count: int) -> Flags:
    """Where a number is not an integer from 0 to count - 1."""
    if numbers.dtype.kind not in "iu":
        return np.ones(numbers.shape, bool)
    return np.asarray((numbers < 0) | (numbers >= count))
