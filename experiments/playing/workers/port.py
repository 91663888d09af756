"""How a run and its workers reach each other."""

import asyncio
from typing import Protocol

LONGEST_LINE = 1 << 28  # bytes of a message


class Port(Protocol):
    """Whole lines to the other side and from it."""

    async def send(self, line: bytes) -> None:
        """Sends a line."""
        ...

    async def receive(self) -> bytes | None:
        """The next line; None once the other side is gone."""
        ...


class WorkerPort(Port, Protocol):
    """A run's port to a worker."""

    name: str

    async def end(self) -> str:
        """Ends the worker if it has not ended; says how it did, and what it said last."""
        ...

    def kill(self) -> None:
        """Ends the worker without waiting for it."""
        ...


class Workers(Protocol):
    """Where workers are had."""

    shares_disk: bool

    async def open(self) -> None:
        """Makes sure that workers can be had."""
        ...

    async def close(self) -> None:
        """Ends what `open` began."""
        ...

    async def start(self) -> WorkerPort | None:
        """One more worker, or None where there is none for now."""
        ...


class StreamPort:
    """A connected socket as a port."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, line: bytes) -> None:
        """See `Port`."""
        self._writer.write(line)
        await self._writer.drain()

    async def receive(self) -> bytes | None:
        """See `Port`; what was cut off is no line."""
        try:
            line = await self._reader.readline()
        except ConnectionError:
            return None
        return line if line.endswith(b"\n") else None

    def close(self) -> None:
        """Tells the other side that this one is gone."""
        self._writer.close()
