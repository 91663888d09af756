"""The rate at which one server may be asked, over all callers."""

import math
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

MINUTE = 60.0


@dataclass(frozen=True)
class Turn:
    """When a request may be sent, on a clock that stands still while everybody is held back.

    `paused` is how long that clock had stood still when the turn was taken.
    """

    due: float
    tokens: int
    paused: float = 0.0


class RateLimit:
    """Spreads requests and tokens evenly over each minute, first come, first served.

    This is a leaky bucket that holds one request: a request that is sent early leaves a debt, and
    the next caller waits until it is paid off. Taking a turn never blocks, so that threads and
    event loops can share a limit.
    """

    def __init__(
        self,
        requests: float = math.inf,
        tokens: float = math.inf,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds_a_request, self._seconds_a_token = MINUTE / requests, MINUTE / tokens
        self._clock = clock
        self._lock = threading.Lock()
        self._requests_free = self._tokens_free = -math.inf
        self._open_at, self._paused = -math.inf, 0.0

    def take(self, tokens: int) -> Turn:
        """The next turn, for a request of about so many tokens."""
        with self._lock:
            clock = self._clock()
            closed = max(0.0, self._open_at - clock)
            now = clock + closed - self._paused
            due = max(now, self._requests_free, self._tokens_free)
            self._requests_free = self._tokens_free = due
            self._owe(1, tokens)
            return Turn(due, tokens, self._paused - closed)

    def waits(self, turn: Turn) -> Iterator[float]:
        """Seconds until the turn has come, and again if a pause has moved it meanwhile."""
        while (left := self._left(turn)) > 0:
            yield left

    def held(self, turn: Turn) -> float:
        """How many seconds of the turn's wait are pauses, those to come included."""
        with self._lock:
            return self._paused - turn.paused

    def settle(self, turn: Turn, tokens: int) -> None:
        """Replaces the estimated tokens of the turn's request by what it really took."""
        with self._lock:
            self._owe(0, tokens - turn.tokens)

    def give_back(self, turn: Turn) -> None:
        """Frees the turn of a request that was not sent."""
        with self._lock:
            self._owe(-1, -turn.tokens)

    def pause(self, seconds: float) -> None:
        """Holds everybody back for so long; order and distances stay as they were."""
        with self._lock:
            now = self._clock()
            longer = now + seconds - max(now, self._open_at)
            if longer > 0:
                self._open_at = now + seconds
                self._paused += longer

    def _left(self, turn: Turn) -> float:
        with self._lock:
            return max(turn.due + self._paused, self._open_at) - self._clock()

    def _owe(self, requests: int, tokens: int) -> None:
        self._requests_free += requests * self._seconds_a_request
        self._tokens_free += tokens * self._seconds_a_token
