"""A Chroma server for tests, to be killed and started again."""

import socket
import subprocess
import sys
import time
from pathlib import Path

HOST = "127.0.0.1"
ATTEMPTS = 600  # of a tenth of a second


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def start_server(folder: Path, port: int) -> "subprocess.Popen[bytes]":
    """A Chroma server that answers."""
    return start(
        ["chroma", "run", "--path", str(folder), "--host", HOST, "--port", str(port)], port
    )


def start(command: list[str], port: int) -> "subprocess.Popen[bytes]":
    """The server that a command of this environment starts, once it answers."""
    process = subprocess.Popen(
        [Path(sys.executable).with_name(command[0]), *command[1:]],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(ATTEMPTS):
        try:
            socket.create_connection((HOST, port)).close()
        except ConnectionRefusedError:
            assert process.poll() is None, "chroma run ended"
            time.sleep(0.1)
        else:
            return process
    raise AssertionError("chroma run does not answer")
