"""Open memories by name: a bounded number, of which the least recently used are closed."""

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from weakref import WeakSet

from stores import Memories


class OpenMemories:
    """Opens memories once and closes what was not used for longest, unless it is in use.

    `get` is called by one thread at a time; `using` never waits for a memory to open or close.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: OrderedDict[Hashable, Memories] = OrderedDict()
        self._closed = WeakSet[Memories]()
        self._users = Counter[int]()  # by the memories' id
        self._lock = threading.Lock()

    def get(self, key: Hashable, open_: Callable[[], Memories]) -> Memories:
        """The memories of this key, opened if they are not open."""
        with self._lock:
            known = self._open.get(key)
            if known is not None:
                self._open.move_to_end(key)
                return known
        for surplus in self._take_surplus():  # before another is opened
            surplus.close()
        opened = open_()
        with self._lock:
            self._open[key] = opened
        return opened

    @contextmanager
    def using(self, memories: Memories) -> Iterator[bool]:
        """Keeps memories open in this context; False if they have been closed already.

        Memories that were opened elsewhere are never closed here.
        """
        with self._lock:
            is_open = memories not in self._closed
            self._users[id(memories)] += 1
        try:
            yield is_open
        finally:
            with self._lock:
                self._users[id(memories)] -= 1
                if not self._users[id(memories)]:
                    del self._users[id(memories)]

    def close_unused(self) -> None:
        """Closes all that nothing uses, so that their folders are opened again without a replay."""
        with self._lock:
            unused = [key for key, one in self._open.items() if not self._users[id(one)]]
            closing = [self._open.pop(key) for key in unused]
            self._closed.update(closing)
        for one in closing:
            one.close()

    def _take_surplus(self) -> list[Memories]:
        """Removes as many unused memories as must be closed for one more to be opened."""
        with self._lock:
            idle = [key for key, one in self._open.items() if not self._users[id(one)]]
            surplus = [self._open.pop(key) for key in idle[: max(0, len(self) - self._most + 1)]]
            self._closed.update(surplus)
        return surplus

    def __len__(self) -> int:
        return len(self._open)
