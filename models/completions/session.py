"""One HTTP session for each event loop, closed with its loop or with the process."""

import asyncio
import atexit
from asyncio import AbstractEventLoop
from collections.abc import AsyncGenerator
from contextlib import suppress

from aiohttp import ClientSession, DummyCookieJar, TCPConnector

ENDING_SECONDS = 1.0

_open: dict[AbstractEventLoop, tuple[AsyncGenerator[ClientSession, None], ClientSession]] = {}


async def session() -> ClientSession:
    """The session of the running loop; it keeps as many connections as calls were in flight."""
    loop = asyncio.get_running_loop()
    if loop not in _open:
        opened = _opened(loop)
        _open[loop] = (opened, await anext(opened))
        atexit.unregister(_close_all)
        atexit.register(_close_all)
    return _open[loop][1]


async def _opened(loop: AbstractEventLoop) -> AsyncGenerator[ClientSession, None]:
    """A generator, because event loops close those that are left when they end."""
    try:
        async with ClientSession(
            connector=TCPConnector(limit=0),  # callers bound how many calls are in flight
            cookie_jar=DummyCookieJar(),
            headers={"User-Agent": "billp"},
        ) as made:
            yield made
    finally:
        _open.pop(loop, None)


def _close_all() -> None:
    """Closes the sessions of loops that never end, such as one in a thread of its own."""
    for loop, (opened, _) in list(_open.items()):
        with suppress(RuntimeError, TimeoutError):
            if loop.is_running():
                asyncio.run_coroutine_threadsafe(_close(opened), loop).result(ENDING_SECONDS)
            elif not loop.is_closed():
                loop.run_until_complete(_close(opened))


async def _close(opened: AsyncGenerator[ClientSession, None]) -> None:
    await opened.aclose()
