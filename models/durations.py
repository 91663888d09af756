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


class Durations:
    """Those of a model's latest replies, kept apart by role, as some write much longer ones."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._latest = defaultdict[Role | None, deque[tuple[float, float]]](
            lambda: deque(maxlen=MANY)
        )

    def note(self, role: Role | None, seconds: float) -> None:
        """A reply to this role came after so long."""
        with self._lock:
            self._latest[role].append((self._clock(), seconds))

    def overdue(self, role: Role | None) -> float:
        """After how many seconds a reply is more likely lost than slow; never if few came."""
        since = self._clock() - LATELY
        with self._lock:
            seconds = [took for came, took in self._latest[role] if came >= since]
        return max(AT_LEAST, TIMES * max(seconds)) if len(seconds) >= FEW else math.inf
