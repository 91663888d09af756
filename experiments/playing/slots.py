"""How many episodes are played at once, over everything that a run does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from models import RunStoppedError


class Slots:
    """So many places; whoever waits longest gets the next, until they are closed."""

    def __init__(self, places: int) -> None:
        self.places = places
        self.closed: Exception | None = None
        self._free = asyncio.Semaphore(places)
        self._empty = asyncio.Event()
        self._empty.set()
        self._taken = 0

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[None]:
        """Holds a place."""
        async with self._free:
            if self.closed:
                raise self.closed
            self._taken += 1
            self._empty.clear()
            try:
                yield
            finally:
                self._taken -= 1
                if not self._taken:
                    self._empty.set()

    def close(self, why: Exception) -> None:
        """Gives no more places; what went wrong counts more than that others stopped for it."""
        stopped = isinstance(self.closed, RunStoppedError)
        if self.closed is None or (stopped and not isinstance(why, RunStoppedError)):
            self.closed = why

    async def emptied(self) -> None:
        """Waits until nobody holds a place, so that no call under way is lost."""
        await self._empty.wait()
