"""How long replies take just now, and from when on one is overdue."""

import math
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable

from models.prompt import Role

LATELY = 60.0  # seconds: a server that rested may have to load its model again
FEW, MANY = 30, 100  # replies in which there is something to see; those that are kept
TIMES, AT_LEAST = 2.0, 0.5
SPARED, AT_ONCE = 0.03, 1.0  # replies given up for each that came; those at once


class Durations:
    """Those of a model's latest replies, kept apart by role, as some write much longer ones.

    A server that became slow would be asked ever more, were all that is overdue asked for again: of
    a hundred replies at most three are.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._latest = defaultdict[Role | None, deque[tuple[float, float]]](
            lambda: deque(maxlen=MANY)
        )
        self._spared = AT_ONCE

    def note(self, role: Role | None, seconds: float) -> None:
        """A reply to this role came after so long."""
        with self._lock:
            self._latest[role].append((self._clock(), seconds))
            self._spared = min(AT_ONCE, self._spared + SPARED)

    def overdue(self, role: Role | None) -> float:
        """After how many seconds a reply is more likely lost than slow; never if few came."""
        since = self._clock() - LATELY
        with self._lock:
            seconds = [took for came, took in self._latest[role] if came >= since]
        return max(AT_LEAST, TIMES * max(seconds)) if len(seconds) >= FEW else math.inf

    def give_up(self) -> bool:
        """Whether one more may be asked for again rather than waited for."""
        with self._lock:
            spared = self._spared >= 1.0
            self._spared -= spared
            return spared
