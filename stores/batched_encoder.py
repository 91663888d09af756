"""Encodes each text once, in batches that concurrent callers share."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


class BatchedEncoder(Generic[T]):
    """A thread-safe function of texts with an LRU cache.

    While one thread encodes a batch, the texts of other threads queue up for the next batch.
    """

    def __init__(self, encode: Callable[[list[str]], Iterable[T]], *, cache_size: int) -> None:
        self._encode = encode
        self._cache_size = cache_size
        self._cache: OrderedDict[str, T] = OrderedDict()
        self._pending: dict[str, Future[T]] = {}
        self._queue: list[str] = []
        self._busy = False
        self._changed = threading.Condition()

    def __len__(self) -> int:
        return len(self._cache)

    def __call__(self, texts: Sequence[str]) -> list[T]:
        """The texts' values; if a batch fails, every thread waiting on it gets the exception."""
        with self._changed:
            known = {text: self._cache[text] for text in texts if text in self._cache}
            futures = {text: self._enqueue(text) for text in texts if text not in known}
        while not _done(futures):
            self._encode_or_wait(futures)
        known |= {text: future.result() for text, future in futures.items()}
        with self._changed:
            self._add_to_cache(known)
        return [known[text] for text in texts]

    def add(self, values: Mapping[str, T]) -> None:
        """Adds values to the cache that were encoded elsewhere."""
        with self._changed:
            self._add_to_cache(values)

    def _enqueue(self, text: str) -> Future[T]:
        if text not in self._pending:
            self._pending[text] = Future()
            self._queue.append(text)
        return self._pending[text]

    def _encode_or_wait(self, futures: Mapping[str, Future[T]]) -> None:
        with self._changed:
            self._changed.wait_for(lambda: _done(futures) or not self._busy)
            if _done(futures):
                return
            self._busy, batch, self._queue = True, self._queue, []
        try:
            values = dict(zip(batch, self._encode(batch), strict=True))
        except BaseException as error:
            self._finish(batch, {}, error)
            raise
        self._finish(batch, values, None)

    def _finish(
        self, batch: Sequence[str], values: Mapping[str, T], error: BaseException | None
    ) -> None:
        """Resolves a batch's futures and lets another thread take the next batch."""
        with self._changed:
            self._add_to_cache(values)
            for future, text in ((self._pending.pop(text), text) for text in batch):
                if error:
                    future.set_exception(error)
                else:
                    future.set_result(values[text])
            self._busy = False
            self._changed.notify_all()

    def _add_to_cache(self, values: Mapping[str, T]) -> None:
        for text, value in values.items():
            self._cache[text] = value
            self._cache.move_to_end(text)
        while len(self._cache) > self._cache_size:
            self._cache.popitem(last=False)


def _done(futures: Mapping[str, Future[T]]) -> bool:
    return all(future.done() for future in futures.values())
