"""`billp app` in a folder of its own, ended as its user ends it."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.system.processes import BIN, environment, free_port

PATIENCE = 60.0


class AppServer:
    """The command, and where its page is."""

    def __init__(self, folder: Path, **env: str) -> None:
        self.folder = folder
        command = [str(BIN / "billp"), "app", "--no-open", "--port", str(free_port())]
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            stdout=subprocess.PIPE,
            text=True,
            env={**environment(folder / "home"), "LANGGRAPH_NO_VERSION_CHECK": "1", **env},
        )
        assert self._process.stdout
        told = self._process.stdout.readline()
        assert told.endswith("/app (Ctrl-C ends it)\n"), told
        self.address = told.partition("/app")[0]

    def interrupt(self) -> int:
        """Presses Ctrl-C; returns the exit code, once the server has ended as well."""
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(PATIENCE)


@contextmanager
def app_server(folder: Path, **env: str) -> Iterator[AppServer]:
    """The command for as long as a test needs it."""
    server = AppServer(folder, **env)
    try:
        yield server
    finally:
        server.interrupt()
