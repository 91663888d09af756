"""An encoder in a process of its own: embedding and everything else run beside each other.

In one process the two would hold each other up: each of a model's hundred operations a text gives
the interpreter away and waits to have it back.
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
Answer = tuple[Mapping[str, Any], Vectors]  # what was told, and the rows if there was no error

ERRORS = {kind.__name__: kind for kind in (StoreError, WrongWeightsError)}


class EncoderProcess:
    """Encodes in another process, which is started at the first text and ends with this one.

    A line of JSON with the texts goes there; a line with the vectors' shape and their bytes, or one
    with an error, come back.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._process: subprocess.Popen[bytes] | None = None
        self._turn = threading.Lock()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, one row per text."""
        with self._turn:
            try:
                told, vectors = self._ask(texts)
            except EOFError:  # it was killed, and texts do not do that
                told, vectors = self._ask_again(texts)
        if "error" in told:
            raise ERRORS[told["error"]](told["message"])
        return vectors

    def _ask_again(self, texts: Sequence[str]) -> Answer:
        try:
            return self._ask(texts)
        except EOFError as error:
            raise StoreError(
                f"the process that embeds texts ended twice ({error}): is there memory for it?"
            ) from error

    def _ask(self, texts: Sequence[str]) -> Answer:
        """The answer to these texts; whatever comes between leaves none for the next to find."""
        process = self._process = self._process or self._start()
        try:
            _send(process, texts)
            return _receive(process)
        except BaseException as error:
            self._process = None
            process.kill()
            if isinstance(error, BrokenPipeError | EOFError):
                raise EOFError(f"exit status {process.wait()}") from error
            raise

    def _start(self) -> subprocess.Popen[bytes]:
        """The process; it finds what this one would import."""
        command = [sys.executable, "-P", "-m", "stores.encoder_main", self._name]
        paths = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
        with _uninterrupted():
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=os.environ | {"PYTHONPATH": paths},
            )
        weakref.finalize(self, _end, process)
        return process


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """What is started in this thread meanwhile leaves Ctrl-C to the process that started it."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()  # it keeps nothing
    process.wait()
    for pipe in (process.stdin, process.stdout):
        with suppress(OSError):
            if pipe:
                pipe.close()


def _send(process: subprocess.Popen[bytes], texts: Sequence[str]) -> None:
    assert process.stdin
    process.stdin.write(json.dumps(list(texts)).encode() + b"\n")
    process.stdin.flush()


def _receive(process: subprocess.Popen[bytes]) -> Answer:
    assert process.stdout
    line = process.stdout.readline()
    if not line.endswith(b"\n"):
        raise EOFError
    told = json.loads(line)
    rows, columns = told.get("shape", (0, 0))
    size = rows * columns * np.dtype(np.float32).itemsize
    data = process.stdout.read(size)
    if len(data) < size:
        raise EOFError
    return told, np.frombuffer(data, np.float32).reshape(rows, columns)
