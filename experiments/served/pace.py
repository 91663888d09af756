"""How long a run still takes, from when its episodes were seen to end."""

from collections import deque
from typing import NamedTuple

WINDOW = 600.0  # seconds that are looked back
LEAST = 3  # episodes seen to end before anything is said
STALE = 120.0  # seconds without a look, after which the observation begins anew


class Seen(NamedTuple):
    """A look at a run: when, and how many episodes had ended."""

    at: float
    ended: int


class Pace:
    """Looks at a run that is played; policies, which end all at once, are not to be counted."""

    def __init__(self) -> None:
        self._looks = deque[Seen]()

    def stop(self) -> None:
        """Forgets what was seen: the run is not played now."""
        self._looks.clear()

    def seconds_left(self, at: float, ended: int, planned: int) -> float | None:
        """Adds a look; None as long as too little was seen."""
        looks = self._looks
        if looks and (at - looks[-1].at > STALE or ended < looks[-1].ended):
            looks.clear()
        looks.append(Seen(at, ended))
        while at - looks[0].at > WINDOW:
            looks.popleft()
        more = ended - looks[0].ended
        if more < LEAST or at <= looks[0].at:
            return None
        return max(planned - ended, 0) * (at - looks[0].at) / more
