"""Answers that cost work: one is made at a time, and given again while nothing has changed."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

MOST_KEPT = 32
MOST_WAITING = 8
REST, SHARE = 10.0, 20  # a run's figures are made anew after seconds, or times what making took


class BusyError(RuntimeError):
    """Too many wait for an answer already."""


@dataclass(frozen=True)
class Kept:
    """An answer, what it was made of, until when it holds in any case."""

    of: object
    until: float
    answer: Any


class Answers:
    """Answers by key."""

    def __init__(self) -> None:
        self._kept = OrderedDict[object, Kept]()
        self._making = asyncio.Lock()
        self._waiting = 0

    async def get(self, key: object, of: object, make: Callable[[], Any], *, live: bool) -> Any:
        """The answer for a key; while a run is `live`, one that is a little older will do."""
        if self._waiting >= MOST_WAITING:
            raise BusyError
        self._waiting += 1
        try:
            async with self._making:
                kept = self._kept.get(key)
                if kept and (kept.of == of or (live and time.monotonic() < kept.until)):
                    return kept.answer
                began = time.monotonic()
                answer = await asyncio.to_thread(make)
                took = time.monotonic() - began
                until = began + took + max(REST, SHARE * took)
                self._kept[key] = Kept(of, until, answer)
                self._kept.move_to_end(key)
                while len(self._kept) > MOST_KEPT:
                    self._kept.popitem(last=False)
                return answer
        finally:
            self._waiting -= 1
