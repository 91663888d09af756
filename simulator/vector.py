"""Many users at once: the environment over arrays, step for step the same as one by one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.environment import MAX_ROUNDS
from simulator.errors import WorldError
from simulator.rules import CAUSES, QuitCause, QuitRule
from simulator.world import HalfName, Indices, Ratings, World

NOTHING = -1

Users = Sequence[int] | Indices
Flags = NDArray[np.bool_]
Rows = NDArray[np.intp]


@dataclass(eq=False)
class Sessions:
    """Who is there and what each was shown: a row each, and `NOTHING` where nothing was yet."""

    users: NDArray[np.intp]
    shown: NDArray[np.int32]
    lengths: NDArray[np.intp]

    @classmethod
    def start(cls, users: Users, max_rounds: int) -> "Sessions":
        """Nothing shown yet to any of these users."""
        count = len(users)
        shown = np.full((count, max_rounds), NOTHING, np.int32)
        return cls(np.array(users, np.intp), shown, np.zeros(count, np.intp))

    @classmethod
    def one(cls, user: int, shown: Sequence[int]) -> "Sessions":
        """A single user who was shown these items."""
        row = np.array(shown, np.int32)[None, :]
        return cls(np.array([user], np.intp), row, np.array([row.size], np.intp))

    def __len__(self) -> int:
        return len(self.users)

    def recent(self, count: int) -> NDArray[np.int32]:
        """The last few items of each, the latest first."""
        places = self.lengths[:, None] - 1 - np.arange(count)
        if not self.shown.shape[1]:
            return np.full(places.shape, NOTHING, np.int32)
        items = np.take_along_axis(self.shown, np.maximum(places, 0), axis=1)
        items[places < 0] = NOTHING
        return items

    def repeated(self, items: Indices) -> Flags:
        """Whose item was shown to them before."""
        used = self.shown[:, : self.lengths.max(initial=0)]
        return np.asarray((used == items.astype(np.int32)[:, None]).any(axis=1))

    def append(self, items: Indices) -> None:
        """Shows each one item more."""
        self.shown[np.arange(len(self)), self.lengths] = items
        self.lengths += 1

    def replace(self, rows: Rows, users: Users) -> None:
        """Puts users to whom nothing was shown in the place of others."""
        self.users[rows] = users
        self.shown[rows] = NOTHING
        self.lengths[rows] = 0

    def select(self, rows: slice | Rows | Flags) -> "Sessions":
        """Some of the sessions; a slice shares their memory."""
        return Sessions(self.users[rows], self.shown[rows], self.lengths[rows])


@dataclass(frozen=True, eq=False)
class BatchOutcome:
    """See `Outcome`; the causes are places in `CAUSES`, 0 for those who stay."""

    rewards: Ratings
    terminated: Flags
    truncated: Flags
    causes: NDArray[np.int8]

    @property
    def over(self) -> Flags:
        """Whose session has ended."""
        return self.terminated | self.truncated

    def names(self) -> list[QuitCause | None]:
        """The causes in words."""
        return [CAUSES[code] for code in self.causes]


class BatchEnvironment:
    """Episodes side by side: `reset(users)`, then `step(items)`, and `restart` or `keep` rows."""

    def __init__(
        self,
        world: World,
        half: HalfName = "train",
        *,
        rule: QuitRule | None = None,
        max_rounds: int = MAX_ROUNDS,
    ) -> None:
        self.world = world
        self.half = world.half(half)
        self.rule = rule or world.rule
        self.max_rounds = max_rounds
        self.sessions = Sessions.start([], max_rounds)
        self.over = np.zeros(0, bool)

    def reset(self, users: Users) -> Sessions:
        """Starts a session with each user, as many times as they are named."""
        self.sessions = Sessions.start(self._checked_users(users), self.max_rounds)
        self.over = np.zeros(len(users), bool)
        return self.sessions

    def restart(self, rows: Rows, users: Users) -> None:
        """Starts these users' sessions in rows whose last one may have ended."""
        self.sessions.replace(rows, self._checked_users(users))
        self.over[rows] = False

    def restart_finished(self, rng: np.random.Generator) -> Rows:
        """Starts a user drawn by chance wherever a session is over, and says in which rows."""
        rows = np.flatnonzero(self.over)
        self.restart(rows, rng.integers(self.world.users, size=len(rows)))
        return rows

    def keep(self, rows: Rows | Flags) -> None:
        """Goes on with these sessions only."""
        self.sessions = self.sessions.select(rows)
        self.over = self.over[rows]

    def step(self, items: Users) -> BatchOutcome:
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

    def _checked_users(self, users: Users) -> Rows:
        given = np.asarray(users)
        wrong = given[_outside(given, self.world.users)]
        if wrong.size:
            self.world.check_user(wrong.flat[0].item())
        return given.astype(np.intp)

    def _checked_items(self, items: Users) -> Rows:
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
    """Which are no whole numbers from 0 to below the count."""
    if numbers.dtype.kind not in "iu":
        return np.ones(numbers.shape, bool)
    return np.asarray((numbers < 0) | (numbers >= count))
