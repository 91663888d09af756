"""The HTTP clients that carry chat calls: they follow nobody elsewhere, and read only so much."""

from collections.abc import AsyncIterator, Callable, Iterator
from functools import lru_cache
from typing import Any

from openai import DefaultAsyncHttpxClient, DefaultHttpxClient, Timeout

from models.failures import MalformedReplyError

LARGEST_REPLY = 8_000_000  # bytes, once unpacked
CONNECT_SECONDS = 10.0
CLIENTS_KEPT = 32


def bounds_of(timeout: float) -> Timeout:
    """How long to wait for a server; one that is there accepts a connection soon."""
    return Timeout(timeout, connect=min(timeout, CONNECT_SECONDS))


@lru_cache(CLIENTS_KEPT)
def client_for(address: str, timeout: float) -> DefaultHttpxClient:
    """The client of all threads that ask this server."""
    return DefaultHttpxClient(
        timeout=bounds_of(timeout), follow_redirects=False, event_hooks={"response": [_bound]}
    )


def async_client(timeout: float) -> DefaultAsyncHttpxClient:
    """A client of its own, because no two event loops can share one."""
    return DefaultAsyncHttpxClient(
        timeout=bounds_of(timeout), follow_redirects=False, event_hooks={"response": [_abound]}
    )


def _bound(response: Any) -> None:
    """Whatever reads this response's body reads it through a counter."""
    chunks: Callable[..., Iterator[bytes]] = response.iter_bytes

    def counted(chunk_size: int | None = None) -> Iterator[bytes]:
        size = 0
        for chunk in chunks(chunk_size):
            size = _grown(size, chunk)
            yield chunk

    response.iter_bytes = counted


async def _abound(response: Any) -> None:
    """As `_bound`, for a response in an event loop."""
    chunks: Callable[..., AsyncIterator[bytes]] = response.aiter_bytes

    async def counted(chunk_size: int | None = None) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in chunks(chunk_size):
            size = _grown(size, chunk)
            yield chunk

    response.aiter_bytes = counted


def _grown(size: int, chunk: bytes) -> int:
    if size + len(chunk) > LARGEST_REPLY:
        raise MalformedReplyError(f"its answer is longer than {LARGEST_REPLY // 10**6} MB")
    return size + len(chunk)
