"""`langgraph dev` as a child process, with this project's graphs, protection and page."""

import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self
from urllib.error import URLError
from urllib.request import urlopen

import durable
from experiments.errors import MissingExtraError, RunError
from graph.clients import TOKENS_FILE_VARIABLE, TOKENS_VARIABLE
from graph.warm_up import WARM_UP_VARIABLE
from home_folder import HOME_VARIABLE, home

USUAL_PORT = 2024
PATIENCE = 600.0  # seconds; the first start may load a large world
STOPPING = 10.0  # seconds that the server has to end by itself
OWN_HOSTS = ("127.0.0.1", "localhost", "::1")
EVERYWHERE = ("0.0.0.0", "::")
SHOWN = 600  # characters of the log that an error repeats

# langgraph.json of a clone, for installed packages, which have none
SERVER: Mapping[str, Any] = {
    "dependencies": ["."],
    "graphs": {
        "billp": "graph.episode:graph",
        "trainer": "graph.trainer:graph",
        "chat": "graph.chat:graph",
    },
    "auth": {"path": "graph.auth:auth", "disable_studio_auth": True},
    "http": {"app": "experiments.served.server:app", "middleware_order": "auth_first"},
    "checkpointer": {"path": "graph.threads.open_threads"},
    "store": {"path": "graph.shelf.store.open_shelf"},
    "webhooks": {"url": {"require_https": True, "disable_private_ips": True}},
}


class PageServer:
    """The server from its start to its end; its log lies beside its threads."""

    def __init__(self, host: str, port: int | None, world: str) -> None:
        _check(host)
        self._host, self._port = host, port or _free_port(host)
        if not _is_free(host, self._port):
            raise RunError(f"port {self._port} is taken: give another --port, or leave it out")
        self._world = world
        self._folder = home().resolve() / "server"
        self._log = self._folder / "app.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where the page is."""
        host = "127.0.0.1" if self._host in EVERYWHERE else self._host
        return f"http://{f'[{host}]' if ':' in host else host}:{self._port}/app"

    def __enter__(self) -> Self:
        durable.make_folder(self._folder)
        config = self._folder / "langgraph.json"
        durable.replace(config, json.dumps(SERVER, indent=2).encode())
        command = [sys.executable, "-m", "langgraph_cli", "dev", "--no-browser", "--no-reload"]
        command += ["--config", str(config), "--host", self._host, "--port", str(self._port)]
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self._folder,  # where the server keeps its own lists
                env={**os.environ, **self._settings()},
                start_new_session=True,  # Ctrl-C reaches this process alone, which ends the server
            )
        signal.signal(signal.SIGTERM, _interrupt)
        # the usual handler would end this command before the server has ended
        signal.signal(signal.SIGINT, signal.default_int_handler)
        return self

    def _settings(self) -> Mapping[str, str]:
        """What the server is told by its environment; paths hold in its own folder too."""
        world, tokens = Path(self._world), os.environ.get(TOKENS_FILE_VARIABLE)
        told = {
            WARM_UP_VARIABLE: str(world.resolve()) if world.exists() else self._world,
            HOME_VARIABLE: str(home().resolve()),
        }
        return {**told, TOKENS_FILE_VARIABLE: str(Path(tokens).resolve())} if tokens else told

    def wait_until_ready(self) -> None:
        """Returns once the world is loaded and the server answers."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            self._check_running()
            with suppress(URLError, OSError), urlopen(self.address, timeout=5):
                return
            time.sleep(0.2)
        raise RunError(f"the server does not answer after {PATIENCE:.0f} s: see {self._log}")

    def wait(self) -> None:
        """Returns when the user interrupts; raises if the server ends by itself."""
        with suppress(KeyboardInterrupt):
            while True:
                self._check_running()
                time.sleep(0.5)

    def _check_running(self) -> None:
        if self._process is None or self._process.poll() is None:
            return
        told = self._log.read_text(encoding="utf-8", errors="replace")
        lines = [line for line in told.splitlines() if line.strip()]
        own = [line for line in lines if line.startswith("billp: ")]
        last = (own or lines or ["it said nothing"])[-1][-SHOWN:]
        raise RunError(f"the server has ended: {last.removeprefix('billp: ')} (see {self._log})")

    def __exit__(self, *_: object) -> None:
        process = self._process
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.terminate()
            try:
                process.wait(STOPPING)  # what is stored is whole at any time
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _check(host: str) -> None:
    if not all(map(importlib.util.find_spec, ("langgraph_cli", "langgraph_api"))):
        raise MissingExtraError("the server and its page", "serve")
    has_tokens = any(os.environ.get(name) for name in (TOKENS_VARIABLE, TOKENS_FILE_VARIABLE))
    if host not in OWN_HOSTS and not has_tokens:
        raise RunError(
            f"--host {host}: a server that others can reach needs tokens: set {TOKENS_VARIABLE} or "
            f"{TOKENS_FILE_VARIABLE} (docs/serving.md), or leave --host out"
        )


def _free_port(host: str) -> int:
    """The usual port, or one that the system gives if that is taken."""
    if _is_free(host, USUAL_PORT):
        return USUAL_PORT
    with socket.create_server((host, 0), family=_family(host)) as probe:
        return int(probe.getsockname()[1])


def _is_free(host: str, port: int) -> bool:
    try:
        with socket.create_server((host, port), family=_family(host)):
            return True
    except PermissionError as error:
        raise RunError(f"port {port} may not be used here: give another --port") from error
    except socket.gaierror as error:
        raise RunError(f"--host {host} is no address of this machine") from error
    except OSError:
        return False


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
