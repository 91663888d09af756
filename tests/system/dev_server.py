"""`langgraph dev` in a folder of its own, to be killed and started again."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from tests.system.processes import BIN, PATIENCE, ROOT, environment, free_port


class DevServer:
    """A server whose state lies in a folder; whatever is in the folder it finds again."""

    def __init__(self, folder: Path, port: int | None = None, **env: str) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.log = folder / "log"
        self.port = port or free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        config, quiet = ("--config", str(ROOT / "langgraph.json")), ("--no-browser", "--no-reload")
        self.command = ["langgraph", "dev", *config, *quiet, "--port", str(self.port)]
        self._env = {**environment(self.home), "LANGGRAPH_NO_VERSION_CHECK": "1", **env}
        self._process: subprocess.Popen[bytes] | None = None

    def launch(self, *options: str) -> "subprocess.Popen[bytes]":
        """Begins to start."""
        command = [str(BIN / self.command[0]), *self.command[1:], *options]
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                cwd=self.folder,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._env,
                start_new_session=True,
            )
        return self._process

    def start(self) -> None:
        """Starts, and waits until it answers."""
        process, deadline = self.launch(), time.monotonic() + PATIENCE
        while time.monotonic() < deadline and process.poll() is None:
            try:
                with urlopen(f"{self.address}/ok", timeout=2):
                    return
            except (URLError, OSError):
                time.sleep(0.2)
        raise AssertionError(f"no answer:\n{self.log.read_text(errors='replace')[-3000:]}")

    def kill(self) -> None:
        """Ends it as a power cut would."""
        if self._process:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


@contextmanager
def dev_server(folder: Path, **env: Any) -> Iterator[DevServer]:
    """A server for as long as a test needs it."""
    server = DevServer(folder, **env)
    try:
        server.start()
        yield server
    finally:
        server.kill()
