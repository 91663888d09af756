"""Leaving after Ctrl-C without waiting for threads, chat calls or child processes.

Whatever is written is atomic, and children end when their input does, so nothing has to be waited
for. Only programs leave like this: a caller in Python keeps its process.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

INTERRUPTED_CODE = 130
WITHIN = 1.5  # seconds that a command has to clean up
SHOW_CURSOR = "\x1b[?25h"  # a progress bar hides it


def leave(message: str = "") -> NoReturn:
    """Ends the process at once; the message is written past buffers, which may be in use."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, RuntimeError):
            stream.flush()
    if message:
        with suppress(OSError):
            cleared = f"\n{SHOW_CURSOR}" if os.isatty(2) else ""
            os.write(2, f"{cleared}{message}\n".encode(errors="replace"))
    os._exit(INTERRUPTED_CODE)


class EndsProcess:
    """A handler of Ctrl-C that raises KeyboardInterrupt, and ends a process that goes on then."""

    def __init__(self, message: str) -> None:
        self._message = message

    def __call__(self, _number: int, _frame: FrameType | None) -> NoReturn:
        """Called by Python."""
        self.begin()
        raise KeyboardInterrupt

    def begin(self) -> None:
        """Ends the process if it still runs after a while."""
        timer = threading.Timer(WITHIN, leave, [self._message])
        timer.daemon = True
        timer.start()


def interrupt_once(message: str) -> None:
    """From now on one Ctrl-C ends the process, unless its parent has it ignore Ctrl-C."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, EndsProcess(message))


@contextmanager
def left_to_asyncio() -> Iterator[None]:
    """Lets asyncio cancel its task at Ctrl-C, which it does only for Python's own handler."""
    before = signal.getsignal(signal.SIGINT)
    if not isinstance(before, EndsProcess):
        yield
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        before.begin()
        raise
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def on_interrupt(handle: Callable[[], object]) -> Iterator[None]:
    """Ctrl-C calls a function; only the main thread of a process can listen for it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, lambda *_: handle())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
