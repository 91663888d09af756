"""The live parts of recent contexts, one set per event loop."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from weakref import WeakKeyDictionary

from nodes import Context, Parts

Load = Callable[[Context], Parts]

CONTEXTS = 64


class PartsCache:
    """Loads parts off the event loop; HTTP clients among them cannot be shared between loops."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, OrderedDict[Context, Parts]] = (
            WeakKeyDictionary()
        )

    async def get(self, context: Context) -> Parts:
        """The parts for this context; the least recently used ones are dropped."""
        cached = self._by_loop.setdefault(asyncio.get_running_loop(), OrderedDict())
        if context not in cached:
            cached[context] = await asyncio.to_thread(self._load, context)
            while len(cached) > CONTEXTS:
                cached.popitem(last=False)
        cached.move_to_end(context)
        return cached[context]
