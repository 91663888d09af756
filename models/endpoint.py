"""What all who ask one model on one server share, in whichever thread or event loop."""

import math
import threading
import time

from models.environment import positive
from models.pace import Pace

REQUESTS_VARIABLE, TOKENS_VARIABLE = "BILLP_REQUESTS_PER_MINUTE", "BILLP_TOKENS_PER_MINUTE"
ENDPOINTS_KEPT = 256

_lock = threading.Lock()
_known: dict[tuple[str, float, float], "Endpoint"] = {}


class Endpoint:
    """The pace at which it may be asked, and what it turned out not to take."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self.untaken = frozenset[str]()
        self.answers = False
        self._lock = threading.Lock()
        self._doubtful_since: float | None = None

    def refused(self, sent: float, seconds: float) -> None:
        """A request sent then was one too many, and is to wait for so long.

        One such refusal may be the request's own; with a second, and no reply since the first, all
        wait: nobody gets through.
        """
        with self._lock:
            if self._doubtful_since is None:
                self._doubtful_since = time.monotonic()
            elif sent >= self._doubtful_since:
                self.pace.pause(seconds)

    def answered(self, sent: float) -> None:
        """A request sent then got a reply."""
        with self._lock:
            self.answers = True
            if self._doubtful_since is not None and sent >= self._doubtful_since:
                self._doubtful_since = None

    def leave_out(self, option: str) -> bool:
        """Remembers what not to send; whether that is news."""
        with self._lock:
            news = option not in self.untaken
            self.untaken |= {option}
            return news


def endpoint_of(name: str) -> Endpoint:
    """The process's one endpoint of an exact name, with the limits that the environment sets."""
    limits = positive(REQUESTS_VARIABLE, math.inf), positive(TOKENS_VARIABLE, math.inf)
    with _lock:
        while len(_known) >= ENDPOINTS_KEPT and (name, *limits) not in _known:
            del _known[next(iter(_known))]  # callers of a server may name any number of others
        return _known.setdefault((name, *limits), Endpoint(Pace(*limits)))
