"""Opening a Chroma: in this process, on disk or in memory, or on a server."""

import ctypes
import os
import sys
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stores.errors import StoreError, first_line
from stores.index import Index

if TYPE_CHECKING:
    from chromadb.api import ClientAPI

ANSWER_LIMIT = 60.0  # seconds; a server takes a few for its largest batches
ARENAS = 2
ARENAS_VARIABLE = "MALLOC_ARENA_MAX"
M_ARENA_MAX = -8  # as glibc's mallopt knows it


def embedded(folder: Path, namespace: str, embedding: str) -> Index:
    """Chroma in this process, on disk."""
    _share_arenas()
    import chromadb

    def connect() -> "ClientAPI":
        return chromadb.PersistentClient(str(folder), settings=_settings())

    return Index(connect(), namespace, embedding, reopen=connect)


def in_memory(embedding: str) -> Index:
    """Chroma in memory, isolated from every other index."""
    _share_arenas()
    import chromadb

    client = chromadb.EphemeralClient(settings=_settings())
    return Index(client, f"run-{uuid.uuid4().hex}", embedding, temporary=True)


def server(host: str, port: int, namespace: str, embedding: str) -> Index:
    """A Chroma server, for several processes or machines."""
    import chromadb

    start = f"start one with `chroma run --host {host} --port {port}`"
    try:
        client: Any = Bounded(
            _bounded(chromadb.HttpClient, host=host, port=port, settings=_settings())
        )
        lost = (
            f"the Chroma server at {host}:{port} went away: {start}, on the folder that it had "
            "(--path), then go on; what was committed before is there"
        )
        return Index(client, namespace, embedding, if_lost=lost)
    except (ValueError, OSError) as error:
        raise StoreError(
            f"no Chroma server at {host}:{port} ({first_line(error)}): {start}"
        ) from error


class Bounded:
    """A client of a Chroma server, or a collection, whose calls end; Chroma's wait without end."""

    def __init__(self, wrapped: object) -> None:
        self._wrapped = wrapped

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._wrapped, name)
        return partial(_bounded, found) if callable(found) else found


def _bounded(call: Callable[..., object], *given: object, **named: object) -> Any:
    """What a call returns in a thread of its own, which is left behind where it does not end."""
    from chromadb import Collection

    done = Future[object]()

    def run() -> None:
        try:
            done.set_result(call(*given, **named))
        except BaseException as error:  # noqa: BLE001  it is raised where it is waited for
            done.set_exception(error)

    threading.Thread(target=run, name="chroma", daemon=True).start()
    try:
        result = done.result(ANSWER_LIMIT)
    except TimeoutError as error:
        raise TimeoutError(f"no answer for {ANSWER_LIMIT:g} s") from error
    return Bounded(result) if isinstance(result, Collection) else result


@cache
def _share_arenas() -> None:
    """Lets Chroma's threads share two arenas of glibc's allocator, unless the user set a number.

    With one for each thread, the gaps between what is in use grow for hundreds of sessions.
    """
    if sys.platform == "linux" and ARENAS_VARIABLE not in os.environ:
        with suppress(AttributeError):  # another C library
            ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS)


def _settings() -> Any:
    from chromadb.config import Settings

    return Settings(anonymized_telemetry=False)
