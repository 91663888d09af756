"""How long a run still takes, from when its episodes were seen to end."""

from collections import deque
from typing import NamedTuple

LEAST = 3  # episodes seen to end before anything is said
ENOUGH = 20  # the latest ones, from which the time follows: arms take unequally long
STALE = 120.0  # seconds without a look, after which the observation begins anew


class Seen(NamedTuple):
    """When so many episodes were first seen to have ended."""

    at: float
    ended: int


class Pace:
    """Looks at a run that is played; policies, which end all at once, are not to be counted."""

    def __init__(self) -> None:
        self._seen = deque[Seen]()
        self._last = 0.0

    def stop(self) -> None:
        """Forgets what was seen: the run is not played now."""
        self._seen.clear()

    def seconds_left(self, at: float, ended: int, planned: int) -> float | None:
        """Adds a look; None as long as too little was seen."""
        seen = self._seen
        if seen and (at - self._last > STALE or ended < seen[-1].ended):
            seen.clear()
        self._last = at
        if not seen or ended > seen[-1].ended:
            seen.append(Seen(at, ended))
        while len(seen) > 2 and ended - seen[1].ended >= ENOUGH:
            seen.popleft()
        more = ended - seen[0].ended
        if more < LEAST or at <= seen[0].at:
            return None
        return max(planned - ended, 0) * (at - seen[0].at) / more
