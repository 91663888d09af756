"""What the server does before it answers, and while it runs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from graph.dev_queue import close_store, drop_orphans
from graph.load import close_memories
from graph.warm_up import warm_up
from home_folder import keep_files_private

SWEEP = 10.0  # seconds between two looks for runs without a thread


@asynccontextmanager
async def lifespan(_app: object) -> AsyncIterator[None]:
    """The lifespan of the server's app, which begins when the server has read its lists."""
    await asyncio.to_thread(keep_files_private)
    await asyncio.to_thread(close_store)
    drop_orphans()
    await warm_up()
    sweeping = asyncio.create_task(_sweep())
    try:
        yield
    finally:
        sweeping.cancel()
        try:
            with suppress(asyncio.CancelledError):
                await sweeping
        finally:
            await asyncio.to_thread(close_memories)


async def _sweep() -> None:
    """A thread that is deleted while a run is added to it leaves the run without one."""
    while True:
        await asyncio.sleep(SWEEP)
        drop_orphans()
