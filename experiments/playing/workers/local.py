"""Workers that are processes of this machine, and end with the one that started them."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO

from experiments.playing.workers.port import LONGEST_LINE, StreamPort

MAIN = "experiments.playing.workers.process_main"
ENDING = 5.0  # seconds
LONGEST_REASON = 300


class LocalWorker(StreamPort):
    """A port to a process."""

    def __init__(
        self,
        process: "subprocess.Popen[bytes]",
        folder: "tempfile.TemporaryDirectory[str]",
        errors: IO[bytes],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        super().__init__(reader, writer)
        self.name = f"worker process {process.pid}"
        self._process = process
        self._folder = folder
        self._errors = errors

    async def end(self) -> str:
        """See `WorkerPort`."""
        self.close()
        return await asyncio.to_thread(self._wait)

    def kill(self) -> None:
        """See `WorkerPort`."""
        with suppress(ProcessLookupError):
            self._process.kill()

    def _wait(self) -> str:
        try:
            status = self._process.wait(ENDING)
        except subprocess.TimeoutExpired:
            self.kill()
            status = self._process.wait()
        with self._errors:
            self._errors.seek(0)
            lines = self._errors.read().decode(errors="replace").splitlines()
        self._folder.cleanup()
        said = next((line.strip() for line in reversed(lines) if line.strip()), "")
        how = signal.Signals(-status).name if status < 0 else f"exit status {status}"
        return f"{how}: {said[:LONGEST_REASON]}" if said else how


class LocalWorkers:
    """Starts processes of this machine."""

    shares_disk = True

    async def open(self) -> None:
        """See `Workers`."""

    async def close(self) -> None:
        """See `Workers`."""

    async def start(self) -> LocalWorker:
        """See `Workers`."""
        return await _connected()


async def _connected() -> LocalWorker:
    """A process with this one's import path; Ctrl-C is left to this one."""
    own, its = socket.socketpair()
    folder = tempfile.TemporaryDirectory(prefix="billp-worker-", ignore_cleanup_errors=True)
    errors = tempfile.TemporaryFile()  # noqa: SIM115  # open as long as the process
    with its:
        process = await asyncio.to_thread(_start, its.fileno(), folder.name, errors)
    reader, writer = await asyncio.open_connection(sock=own, limit=LONGEST_LINE)
    return LocalWorker(process, folder, errors, reader, writer)


def _start(handle: int, folder: str, errors: IO[bytes]) -> "subprocess.Popen[bytes]":
    paths = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
    return subprocess.Popen(
        [sys.executable, "-P", "-m", MAIN, str(handle), folder],
        stdin=subprocess.DEVNULL,
        stdout=errors,
        stderr=errors,
        pass_fds=[handle],
        env=os.environ | {"PYTHONPATH": paths},
        start_new_session=True,
    )
