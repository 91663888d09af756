"""Asynchronous code for callers without an event loop, and for those whose loop is running."""

import asyncio
import os
import threading
from asyncio import AbstractEventLoop
from collections.abc import AsyncIterator, Callable, Iterator
from functools import cache
from queue import SimpleQueue
from typing import TypeVar

T = TypeVar("T")


def iterate(source: Callable[[], AsyncIterator[T]]) -> Iterator[T]:
    """The items of an asynchronous iterator, which runs on an event loop in another thread.

    It stops when the caller does, as on Ctrl-C or an interrupted notebook cell.
    """
    loop = _background_loop(os.getpid())
    if loop is _running_loop():
        raise RuntimeError("this code runs on the graph's own event loop: await `ainvoke` instead")
    items = SimpleQueue[tuple[T] | None]()

    async def pump() -> None:
        try:
            async for item in source():
                items.put((item,))
        finally:
            items.put(None)

    running = asyncio.run_coroutine_threadsafe(pump(), loop)
    try:
        while (item := items.get()) is not None:
            yield item[0]
        running.result()
    finally:
        running.cancel()


@cache
def _background_loop(_process: int) -> AbstractEventLoop:
    """One loop for all calls of a process, so that they share HTTP clients and caches."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="graph", daemon=True).start()
    return loop


def _running_loop() -> AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
