"""What all who ask one server share, in whichever thread or event loop."""

import threading
import time

from models.pace import Pace

REFUSALS_SINCE = 2


class Host:
    """The pace at which a server may be asked, and whether anyone gets through to it."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self.answers = False
        self._lock = threading.Lock()
        self._doubtful_since: float | None = None
        self._refused_since = 0

    def refused(self, sent: float, seconds: float) -> None:
        """A request sent then was one too many, and is to wait for so long.

        One such refusal may be the request's own, and a second chance; with a third, and no reply
        since the first, all wait: nobody gets through.
        """
        with self._lock:
            if self._doubtful_since is None:
                self._doubtful_since, self._refused_since = time.monotonic(), 0
            elif sent >= self._doubtful_since:
                self._refused_since += 1
                if self._refused_since >= REFUSALS_SINCE:
                    self.pace.pause(seconds)

    def answered(self, sent: float) -> None:
        """A request sent then got a reply."""
        with self._lock:
            self.answers = True
            if self._doubtful_since is not None and sent >= self._doubtful_since:
                self._doubtful_since = None
