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


def interrupt_once(message: str) -> None:
    """From now on Ctrl-C raises KeyboardInterrupt, and ends a process that does not end then."""

    def interrupt() -> None:
        timer = threading.Timer(WITHIN, leave, [message])
        timer.daemon = True
        timer.start()
        raise KeyboardInterrupt

    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, lambda *_: interrupt())


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
