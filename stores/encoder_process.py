"""An encoder in a process of its own, so that embedding runs in parallel with everything else.

In one process, each of a model's hundred operations per text would release and reacquire the GIL.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stores.errors import StoreError, WrongWeightsError

Vectors = NDArray[np.float32]

ERRORS = {kind.__name__: kind for kind in (StoreError, WrongWeightsError)}


class EncoderProcess:
    """Encodes in a child process, which is started at the first text and ends with this one.

    A request is a JSON line of texts; the reply is a header line with the vectors' shape and their
    bytes, or with an error.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, one row per text."""
        with self._lock:
            try:
                with suppress(EOFError):  # it was killed: start another
                    return self._ask(texts)
                return self._ask(texts)
            except EOFError as error:
                raise StoreError(
                    f"the process that embeds texts ended twice ({error}): is there memory for it?"
                ) from error

    def _ask(self, texts: Sequence[str]) -> Vectors:
        """One request; an interruption ends the process, so that no reply is left unread."""
        process = self._process = self._process or self._start()
        try:
            _send(process, texts)
            header, vectors = _receive(process)
        except BaseException as error:
            self._process = None
            process.kill()
            if isinstance(error, BrokenPipeError | EOFError):
                raise EOFError(f"exit status {process.wait()}") from error
            raise
        if "error" in header:
            raise ERRORS[header["error"]](header["message"])
        return vectors

    def _start(self) -> subprocess.Popen[bytes]:
        """Starts the process with this one's import path."""
        command = [sys.executable, "-P", "-m", "stores.encoder_main", self._name]
        paths = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
        with _without_sigint():
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=os.environ | {"PYTHONPATH": paths},
            )
        weakref.finalize(self, _end, process)
        return process


@contextmanager
def _without_sigint() -> Iterator[None]:
    """A child started in this context ignores Ctrl-C, which its parent handles."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()  # it has no state to save
    process.wait()
    for pipe in (process.stdin, process.stdout):
        with suppress(OSError):
            if pipe:
                pipe.close()


def _send(process: subprocess.Popen[bytes], texts: Sequence[str]) -> None:
    assert process.stdin
    process.stdin.write(json.dumps(list(texts)).encode() + b"\n")
    process.stdin.flush()


def _receive(process: subprocess.Popen[bytes]) -> tuple[Mapping[str, Any], Vectors]:
    """The header, and the vectors unless it has an error."""
    assert process.stdout
    line = process.stdout.readline()
    if not line.endswith(b"\n"):
        raise EOFError
    header = json.loads(line)
    rows, columns = header.get("shape", (0, 0))
    size = rows * columns * np.dtype(np.float32).itemsize
    data = process.stdout.read(size)
    if len(data) < size:
        raise EOFError
    return header, np.frombuffer(data, np.float32).reshape(rows, columns)
