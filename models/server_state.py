"""What all callers of one server share, and all callers of one model on it, in any event loop."""

import math
import threading
import time
from functools import lru_cache

from models.rate_limit import RateLimit
from models.roles import Role
from models.spec import number_in_environment

LIMIT_VARIABLES = ("BILLP_REQUESTS_PER_MINUTE", "BILLP_TOKENS_PER_MINUTE")
REFUSALS_TOLERATED = 2
MODELS_KEPT, SERVERS_KEPT = 1024, 4096  # the latest: callers may name any number


class ServerState:
    """The rate limit of a server, and whether it answers anybody."""

    def __init__(self, rate_limit: RateLimit) -> None:
        self.rate_limit = rate_limit
        self.answers = False
        self._lock = threading.Lock()
        self._doubtful_since: float | None = None
        self._refusals = 0

    def refused(self, sent: float, seconds: float) -> None:
        """A request sent then was refused as one too many, to be retried after so many seconds.

        Single refusals concern their own request alone. The third without a reply since the first
        holds back every caller, for nobody gets through.
        """
        with self._lock:
            if self._doubtful_since is None:
                self._doubtful_since, self._refusals = time.monotonic(), 0
            elif sent >= self._doubtful_since:
                self._refusals += 1
                if self._refusals >= REFUSALS_TOLERATED:
                    self.rate_limit.pause(seconds)

    def answered(self, sent: float) -> None:
        """A request sent then got a reply."""
        with self._lock:
            self.answers = True
            if self._doubtful_since is not None and sent >= self._doubtful_since:
                self._doubtful_since = None


class ModelState:
    """A model's server, and the options that it turned out not to support."""

    def __init__(self, server: ServerState) -> None:
        self.server = server
        self.unsupported = frozenset[str]()
        self.roomy = set[Role]()  # roles whose model thinks before it answers
        self.says_end = False  # whether a reply has said why it ended: all whole ones do then
        self._lock = threading.Lock()

    def leave_out(self, option: str) -> bool:
        """Remembers an option that is not to be sent; says whether that is news."""
        with self._lock:
            news = option not in self.unsupported
            self.unsupported |= {option}
            return news


_lock = threading.Lock()


def model_state_of(address: str, model: str) -> ModelState:
    """The process's state of a model on a server, under the limits that the environment sets."""
    requests, tokens = (number_in_environment(name, math.inf) for name in LIMIT_VARIABLES)
    with _lock:
        return _model_state(address, model, requests, tokens)


@lru_cache(MODELS_KEPT)
def _model_state(address: str, model: str, requests: float, tokens: float) -> ModelState:
    return ModelState(_server_state(address, requests, tokens))


@lru_cache(SERVERS_KEPT)
def _server_state(_address: str, requests: float, tokens: float) -> ServerState:
    return ServerState(RateLimit(requests, tokens))
