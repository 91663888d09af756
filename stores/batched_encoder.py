"""Work that threads share: a value is computed once, and one thread computes for all that wait."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


class Shared(Generic[T]):
    """A function of texts that remembers its latest values.

    A thread that finds nobody at work computes what all threads wait for, in one go.
    """

    def __init__(self, compute: Callable[[list[str]], Iterable[T]], *, remembered: int) -> None:
        self._compute = compute
        self._remembered = remembered
        self._known: OrderedDict[str, T] = OrderedDict()
        self._asked: dict[str, Future[T]] = {}
        self._waiting: list[str] = []
        self._at_work = False
        self._turn = threading.Condition()

    def __len__(self) -> int:
        return len(self._known)

    def __call__(self, texts: Sequence[str]) -> list[T]:
        """The values of texts; an error reaches everyone who waits for what it kept from being."""
        with self._turn:
            known = {text: self._known[text] for text in texts if text in self._known}
            asked = {text: self._ask(text) for text in texts if text not in known}
        while not _done(asked):
            self._work_or_wait(asked)
        known |= {text: future.result() for text, future in asked.items()}
        with self._turn:
            self._remember(known)
        return [known[text] for text in texts]

    def _ask(self, text: str) -> Future[T]:
        if text not in self._asked:
            self._asked[text] = Future()
            self._waiting.append(text)
        return self._asked[text]

    def _work_or_wait(self, asked: Mapping[str, Future[T]]) -> None:
        with self._turn:
            self._turn.wait_for(lambda: _done(asked) or not self._at_work)
            if _done(asked):
                return
            self._at_work, batch, self._waiting = True, self._waiting, []
        try:
            values = dict(zip(batch, self._compute(batch), strict=True))
        except BaseException as error:
            self._hand_over(batch, {}, error)
            raise
        self._hand_over(batch, values, None)

    def _hand_over(
        self, batch: Sequence[str], values: Mapping[str, T], error: BaseException | None
    ) -> None:
        """Ends a turn; whoever has got everything goes on, another takes the next turn."""
        with self._turn:
            self._remember(values)
            for future, text in ((self._asked.pop(text), text) for text in batch):
                if error:
                    future.set_exception(error)
                else:
                    future.set_result(values[text])
            self._at_work = False
            self._turn.notify_all()

    def _remember(self, values: Mapping[str, T]) -> None:
        for text, value in values.items():
            self._known[text] = value
            self._known.move_to_end(text)
        while len(self._known) > self._remembered:
            self._known.popitem(last=False)


def _done(asked: Mapping[str, Future[T]]) -> bool:
    return all(future.done() for future in asked.values())
