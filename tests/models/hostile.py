"""A server that means harm."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

STREAM, WHOLE = "text/event-stream", "application/json"
EVENT = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
CHUNK = {**EVENT, "choices": [{"index": 0, "delta": {"content": "word " * 2000}}]}


class HostileServer(ThreadingHTTPServer):
    """Does one thing to every request: `kind` is tokens, blanks, redirect or repeat."""

    daemon_threads = True

    def __init__(self, kind: str, said: str = "") -> None:
        super().__init__(("127.0.0.1", 0), HostileHandler)
        self.kind, self.said = kind, said
        self.asked = self.sent = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Says nothing of clients who do not wait for the end."""


class HostileHandler(BaseHTTPRequestHandler):
    server: HostileServer

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked += 1
        getattr(self, f"_{self.server.kind}")()

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _tokens(self) -> None:
        self._endless(STREAM, f"data: {json.dumps(CHUNK)}\n\n".encode())

    def _blanks(self) -> None:
        self._endless(WHOLE, b" " * 2**16)

    def _redirect(self) -> None:
        self.send_response(307)
        self.send_header("Location", self.server.said)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _repeat(self) -> None:
        """Says what it is asked with."""
        key = self.headers["Authorization"].removeprefix("Bearer ")
        message = {"role": "assistant", "content": f"recommend[{key}]", "refusal": f"not {key}"}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        told = {"id": key, "object": "chat.completion", "created": 1, "model": f"m-{key}"}
        body = json.dumps({**told, "choices": [choice], "system_fingerprint": key}).encode()
        self._begin(WHOLE, ("Content-Length", str(len(body))))
        self.wfile.write(body)

    def _endless(self, kind: str, chunk: bytes) -> None:
        self._begin(kind, ("Connection", "close"))
        while True:
            self.wfile.write(chunk)
            self.server.sent += len(chunk)

    def _begin(self, kind: str, header: tuple[str, str]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header(*header)
        self.end_headers()


@contextmanager
def hostile(kind: str, said: str = "") -> Iterator[HostileServer]:
    """Serves in a thread."""
    with HostileServer(kind, said) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
