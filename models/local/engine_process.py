"""An engine in a process of its own, which is started on first use and ends with this one."""

import asyncio
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import weakref
from asyncio import AbstractEventLoop
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO
from weakref import WeakKeyDictionary

from models.errors import ModelError
from models.local.memory import WORK_BYTES, available_memory, size_text
from models.local.model_file import LocalModel
from models.server import Server
from models.spec import number_in_environment

SLOTS_VARIABLE, CONTEXT_VARIABLE = "BILLP_LOCAL_SLOTS", "BILLP_LOCAL_CONTEXT"
CONTEXT = 8192  # tokens: a prompt of 30 rounds and what a model may think before it answers
CACHE_MEBIBYTES = 512  # prompts that were read and then lost their slot to another
LOADING = "error loading model: "
LONGEST_REASON = 200


@dataclass(frozen=True)
class EngineSize:
    """How many calls an engine answers at once, and how many tokens each may have."""

    slots: int
    context: int

    @classmethod
    def wanted(cls, model: LocalModel, concurrency: int) -> "EngineSize":
        """A slot for each call at once, unless the environment sets another number."""
        slots = max(1, int(number_in_environment(SLOTS_VARIABLE, concurrency)))
        context = max(1, int(number_in_environment(CONTEXT_VARIABLE, CONTEXT)))
        return cls(slots, min(context, model.header.context or context))


def check_memory(model: LocalModel, size: EngineSize) -> None:
    """Refuses a model that would not fit into the memory that is free now."""
    weights = model.path.stat().st_size
    context = model.header.token_bytes * size.slots * size.context
    needed, free = weights + context + WORK_BYTES, available_memory()
    if free is not None and needed > free:
        raise ModelError(
            f"{model.path.name} needs about {size_text(needed)} of memory ({size_text(weights)} of "
            f"weights, {size_text(context)} for {size.slots} x {size.context} tokens), and "
            f"{size_text(free)} are free: take a smaller model, or set {SLOTS_VARIABLE}=1 or a "
            f"smaller {CONTEXT_VARIABLE}"
        )


class EngineProcess:
    """llama.cpp's server for one model file, on a loopback port and with a random key."""

    def __init__(self, model: LocalModel, size: EngineSize) -> None:
        self.model, self.size = model, size
        self._process: subprocess.Popen[str] | None = None
        self._server = Server("")
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # open as long as it
        self._lock = threading.Lock()
        self._slots = WeakKeyDictionary[AbstractEventLoop, asyncio.Semaphore]()

    def server(self) -> Server:
        """Where it answers; it is started if it does not run."""
        with self._lock:
            if not self.runs:
                check_memory(self.model, self.size)
                self._start()
            return self._server

    @property
    def runs(self) -> bool:
        """Whether its process has been started and not ended."""
        return self._process is not None and self._process.poll() is None

    def has_ended(self, within: float) -> bool:
        """Whether its process ends within so many seconds."""
        with suppress(subprocess.TimeoutExpired):
            return self._process is not None and self._process.wait(within) is not None
        return False

    @property
    def slot(self) -> asyncio.Semaphore:
        """Bounds the calls of this event loop, so that a wait for others costs no timeout."""
        return self._slots.setdefault(
            asyncio.get_running_loop(), asyncio.Semaphore(self.size.slots)
        )

    def close(self) -> None:
        """Ends the process."""
        if self._process:
            _end(self._process)
        self._errors.close()

    def why_ended(self) -> str:
        """The exit status and the last thing that it said."""
        status = self._process.wait() if self._process else 0
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").splitlines()
        loading = [line.partition(LOADING)[2] for line in lines if LOADING in line]
        said = next(iter(loading or lines[::-1]), "")[:LONGEST_REASON]
        ended = signal.Signals(-status).name if status < 0 else f"exit status {status}"
        return f"{ended}: {said}" if said else ended

    def _start(self) -> None:
        """Starts the process with this one's import path; the key goes where no list shows it."""
        paths = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
        self._errors.seek(0)
        self._errors.truncate()
        process = self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "models.local.engine_main"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env=os.environ | {"PYTHONPATH": paths},
            start_new_session=True,  # Ctrl-C is for the parent, which lets calls finish
        )
        weakref.finalize(self, _end, process)
        key = secrets.token_urlsafe()
        order = {
            "path": str(self.model.path),
            "alias": self.model.path.stem,
            "key": key,
            "threads": _cores(),
            "cache_mebibytes": CACHE_MEBIBYTES,
            **asdict(self.size),
        }
        assert process.stdin
        assert process.stdout
        with suppress(BrokenPipeError):  # it ended at once: the missing address tells
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.flush()
        address = process.stdout.readline().strip()
        if not address:  # its output has ended, and so it does
            raise ModelError(
                f"the engine cannot serve {self.model.path} ({self.why_ended()}): try another "
                "model file, or a newer xllamacpp"
            )
        self._server = Server(address, key, "the engine's own key", embedded=True)


_engines: dict[Path, EngineProcess] = {}
_lock = threading.Lock()


def engine_for(model: LocalModel, size: EngineSize) -> EngineProcess:
    """The process's one engine of a model file; whoever uses it first decides on its size."""
    with _lock:
        if model.path not in _engines:
            _engines[model.path] = EngineProcess(model, size)
        return _engines[model.path]


def engines() -> dict[Path, EngineProcess]:
    """The engines of this process by their model files."""
    with _lock:
        return dict(_engines)


def forget(path: Path) -> None:
    """Ends the engine of a model file."""
    with _lock:
        engine = _engines.pop(path, None)
    if engine:
        engine.close()


def is_served(model: LocalModel) -> bool:
    """Whether an engine of this process has the model loaded."""
    engine = engines().get(model.path)
    return engine is not None and engine.runs


def _cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()  # it has no state to save
    process.wait()
    for pipe in (process.stdin, process.stdout):
        with suppress(OSError):
            if pipe:
                pipe.close()
