"""What all who ask one model on one server share, in whichever thread or event loop."""

import math
import threading
from weakref import WeakValueDictionary

from models.durations import Durations
from models.environment import positive
from models.host import Host
from models.pace import Pace

REQUESTS_VARIABLE, TOKENS_VARIABLE = "BILLP_REQUESTS_PER_MINUTE", "BILLP_TOKENS_PER_MINUTE"
IDLE_KEPT = 256

Limits = tuple[float, float]

_lock = threading.Lock()
_hosts: WeakValueDictionary[tuple[str, Limits], Host] = WeakValueDictionary()
_endpoints: WeakValueDictionary[tuple[str, str, Limits], "Endpoint"] = WeakValueDictionary()
_recent: dict["Endpoint", None] = {}  # keeps what nobody uses just now


class Endpoint:
    """Its server, how long the model takes, and what it turned out not to take."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.durations = Durations()
        self.untaken = frozenset[str]()
        self._lock = threading.Lock()

    def leave_out(self, option: str) -> bool:
        """Remembers what not to send; whether that is news."""
        with self._lock:
            news = option not in self.untaken
            self.untaken |= {option}
            return news


def endpoint_of(address: str, model: str) -> Endpoint:
    """The process's one endpoint of a model, with the limits that the environment sets.

    One that is in use stays; of the others the latest do, as callers may name any number of models.
    """
    limits = positive(REQUESTS_VARIABLE, math.inf), positive(TOKENS_VARIABLE, math.inf)
    with _lock:
        endpoint = _endpoints.get((address, model, limits))
        if endpoint is None:
            endpoint = Endpoint(_host_of(address, limits))
            _endpoints[address, model, limits] = endpoint
        _recent.pop(endpoint, None)
        _recent[endpoint] = None
        while len(_recent) > IDLE_KEPT:
            del _recent[next(iter(_recent))]
        return endpoint


def _host_of(address: str, limits: Limits) -> Host:
    host = _hosts.get((address, limits))
    if host is None:
        host = Host(Pace(*limits))
        _hosts[address, limits] = host
    return host
