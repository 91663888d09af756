"""The workers of a run: who plays which episode, and what happens where one ends."""

import asyncio
import warnings

from experiments.errors import RunError
from experiments.playing.workers.link import Link, WorkerLostError
from experiments.playing.workers.messages import Ended, Play
from experiments.playing.workers.port import WorkerPort, Workers
from models import ChatCall

ATTEMPTS = 3  # at an episode: one that ends its worker each time is to blame itself

MOST = 1000  # workers of a cluster


class WorkerPool:
    """Gives each episode to the worker that plays the fewest; those that end are replaced."""

    def __init__(self, workers: Workers, count: int | None) -> None:
        self._workers = workers
        self._count = count or MOST
        self._links = list[Link]()
        self._lost = list[Link]()
        self._starting = asyncio.Lock()
        self._why = ""

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
            f"time with {reason}: is there memory for so many? Give the same command again with "
            "fewer --workers"
        )

    @property
    def shares_disk(self) -> bool:
        """Whether workers can read what the run writes."""
        return self._workers.shares_disk

    async def open(self) -> None:
        """Makes sure that workers can be had; they are started for the first episode."""
        await self._workers.open()

    async def close(self) -> None:
        """Ends all workers."""
        await asyncio.gather(*(link.settle() for link in (*self._links, *self._lost)))
        await asyncio.gather(*(link.end() for link in self._links))
        await self._workers.close()

    def kill(self) -> None:
        """Ends all workers without waiting for them."""
        for link in (*self._links, *self._lost):
            link.kill()

    async def _least_busy(self) -> Link:
        """The worker that plays the fewest episodes; missing ones are started before."""
        async with self._starting:
            ports = list[WorkerPort]()
            while len(self._links) + len(ports) < self._count:
                port = await self._workers.start()
                if port is None:
                    break
                ports.append(port)
            greeted = await asyncio.gather(*map(self._connected, ports))
            self._links += [link for link in greeted if link]
            if not self._links:
                raise RunError(
                    f"no worker is left{self._why}: start another, then give the same command again"
                )
        return min(self._links, key=lambda link: link.load)

    async def _connected(self, port: WorkerPort) -> Link | None:
        """The worker once it is ready; others may do without one that cannot start."""
        link = Link(port)
        try:
            await link.greet()
        except WorkerLostError:
            self._tell(f"{link.name} could not start: {await link.end()}")
            return None
        except BaseException:
            link.kill()
            raise
        return link

    async def _without(self, link: Link) -> str:
        """Takes a worker out that is gone; says how it ended."""
        reason = await link.end()
        if link in self._links:
            self._links.remove(link)
            self._lost.append(link)
            self._tell(f"{link.name} was lost: {reason}")
        return reason

    def _tell(self, what: str) -> None:
        self._why = f" ({what})"
        warnings.warn(what, stacklevel=2)
