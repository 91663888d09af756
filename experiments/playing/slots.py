"""How many episodes are played at once, over all cells of a run."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from models import RunStoppedError


class Slots:
    """A semaphore, first come first served, that can be closed and drained."""

    def __init__(self, count: int) -> None:
        self.closed: Exception | None = None
        self._free = asyncio.Semaphore(count)
        self._drained = asyncio.Event()
        self._drained.set()
        self._taken = 0

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Holds a slot; raises the error that the slots were closed with."""
        async with self._free:
            if self.closed:
                raise self.closed
            self._taken += 1
            self._drained.clear()
            try:
                yield
            finally:
                self._taken -= 1
                if not self._taken:
                    self._drained.set()

    def close(self, error: Exception) -> None:
        """Gives out no more slots; the first error is kept, but replaces a mere stop."""
        stopped = isinstance(self.closed, RunStoppedError)
        if self.closed is None or (stopped and not isinstance(error, RunStoppedError)):
            self.closed = error

    async def drained(self) -> None:
        """Waits until no slot is held, so that no call in flight is lost."""
        await self._drained.wait()
