"""The CPU time that one function takes, whichever thread calls it."""

import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Meter:
    """Seconds of CPU that watched functions have taken."""

    def __init__(self) -> None:
        self.spent = 0.0

    def watched(self, call: Callable[P, T]) -> Callable[P, T]:
        """The same function, whose time is taken down."""

        @wraps(call)
        def run(*args: P.args, **kwargs: P.kwargs) -> T:
            began = time.thread_time()
            try:
                return call(*args, **kwargs)
            finally:
                self.spent += time.thread_time() - began

        return run
