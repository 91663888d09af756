"""What a session or training is doing, for the log and for `stream_mode="custom"`."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Literal, NotRequired

from langgraph.config import get_stream_writer
from langgraph.types import StreamWriter
from typing_extensions import TypedDict

log = logging.getLogger(__name__)


class LoadingEvent(TypedDict):
    """Something is loaded that the process keeps, such as a world."""

    event: Literal["loading"]
    what: str


class NodeEvent(TypedDict):
    """A node of a session, named by `event`, starts or has finished.

    On a thread, `checkpoint` is the one that it starts from: there the session can be forked.
    """

    event: str
    round: int
    status: Literal["started", "finished"]
    seconds: NotRequired[float]
    checkpoint: NotRequired[str]


class EpisodeEvent(TypedDict):
    """A training starts or has finished an episode."""

    event: Literal["episode"]
    number: int
    user: int
    status: Literal["started", "finished"]
    seconds: NotRequired[float]


class CommitEvent(TypedDict):
    """A training has committed a batch; `episodes` counts those played so far."""

    event: Literal["commit"]
    batch: int
    episodes: int


@lru_cache(maxsize=256)
def tell_loading(what: str) -> None:
    """Says what is loaded, once for each thing in a process."""
    log.info("loading %s", what)
    with suppress(RuntimeError, KeyError):  # not called from a graph
        get_stream_writer()(LoadingEvent(event="loading", what=what))


@contextmanager
def tell_progress(writer: StreamWriter, started: NodeEvent | EpisodeEvent) -> Iterator[None]:
    """Says that something starts, and that it has finished without an error or interrupt."""
    writer(started)
    began = time.perf_counter()
    yield
    seconds = round(time.perf_counter() - began, 3)
    writer({**started, "status": "finished", "seconds": seconds})
