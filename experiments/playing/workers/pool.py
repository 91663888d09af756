"""The workers of a run: who plays which episode, and what happens where one ends."""

import asyncio
from collections.abc import Awaitable, Callable

from experiments.errors import RunError
from experiments.playing.workers.link import Link, WorkerLostError
from experiments.playing.workers.local import start_worker
from experiments.playing.workers.messages import Ended, Play
from experiments.playing.workers.port import WorkerPort
from models import ChatCall

ATTEMPTS = 3  # at an episode: one that ends its worker each time is to blame itself

StartWorker = Callable[[], Awaitable[WorkerPort]]


class WorkerPool:
    """Gives each episode to the worker that plays the fewest; those that end are replaced."""

    def __init__(self, count: int, start: StartWorker = start_worker) -> None:
        self._count = count
        self._start = start
        self._links = list[Link]()
        self._lost = list[Link]()
        self._starting = asyncio.Lock()

    async def play(self, order: Play, chat: ChatCall) -> tuple[Ended, Exception | None]:
        """Plays an episode; where its worker ends meanwhile, on another one."""
        reason = ""
        for _ in range(ATTEMPTS):
            link = await self._least_busy()
            try:
                return await link.play(order, chat)
            except WorkerLostError:
                reason = await self._without(link)
        raise RunError(
            f"episode {order.assignment['episode']!r} ended its worker {ATTEMPTS} times, the last "
            f"time with {reason}: is there memory for {self._count}? Give the same command again "
            "with fewer --workers"
        )

    async def close(self) -> None:
        """Ends all workers."""
        await asyncio.gather(*(link.settle() for link in (*self._links, *self._lost)))
        await asyncio.gather(*(link.end() for link in self._links))

    def kill(self) -> None:
        """Ends all workers without waiting for them."""
        for link in (*self._links, *self._lost):
            link.kill()

    async def _least_busy(self) -> Link:
        """The worker that plays the fewest episodes; missing ones are started before."""
        async with self._starting:
            if missing := self._count - len(self._links):
                self._links += await asyncio.gather(*(self._connect() for _ in range(missing)))
        return min(self._links, key=lambda link: link.load)

    async def _connect(self) -> Link:
        link = Link(await self._start())
        try:
            await link.greet()
        except WorkerLostError:
            raise RunError(f"{link.name} cannot start ({await link.end()})") from None
        except BaseException:
            link.kill()
            raise
        return link

    async def _without(self, link: Link) -> str:
        """Takes a worker out that is gone; says how it ended."""
        if link in self._links:
            self._links.remove(link)
            self._lost.append(link)
        return await link.end()
