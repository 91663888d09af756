"""A publisher on loopback, who can be slow, change files, break off and lie."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass
class File:
    """What is served under one path, and how."""

    body: bytes
    tag: str | None = '"v1"'
    status: int | None = None
    failures: int = 0
    drop_after: int | None = None
    ranges: bool = True
    states_length: bool = True
    claims: int | None = None
    pause: float = 0.0
    shifted: int = 0


@dataclass
class Publisher:
    """The files by path, and what was asked: path and Range."""

    address: str
    files: dict[str, File] = field(default_factory=dict)
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    def url(self, path: str) -> str:
        return f"{self.address}{path}"


@contextmanager
def publishing() -> Iterator[Publisher]:
    """A real HTTP server for the time of a test."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    publisher = Publisher(f"http://127.0.0.1:{server.server_port}")
    Handler.publisher = publisher
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield publisher
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Handler(BaseHTTPRequestHandler):
    """Serves files with ETag, Range and If-Range."""

    publisher: Publisher

    def log_message(self, *_: object) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.publisher.asked.append((self.path, wanted))
        file = self.publisher.files.get(self.path)
        if file is None:
            return self.send_error(404)
        if file.failures:
            file.failures -= 1
            return self.send_error(503)
        if file.status:
            return self.send_error(file.status)
        return self._serve(file, wanted)

    def _serve(self, file: File, wanted: str | None) -> None:
        fresh = self.headers.get("If-Range") in (None, file.tag)
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        partly = bool(wanted) and file.ranges and fresh
        if partly and start >= len(file.body):
            return self._empty(416, f"bytes */{len(file.body)}")
        start = start + file.shifted if partly else 0
        self.send_response(206 if partly else 200)
        if partly:
            span = f"bytes {start}-{len(file.body) - 1}/{len(file.body)}"
            self.send_header("Content-Range", span)
        if file.tag:
            self.send_header("ETag", file.tag)
        if file.states_length:
            length = len(file.body) - start if file.claims is None else file.claims
            self.send_header("Content-Length", str(length))
        self.end_headers()
        return self._send(file, file.body[start:])

    def _empty(self, status: int, span: str) -> None:
        self.send_response(status)
        self.send_header("Content-Range", span)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, file: File, body: bytes) -> None:
        sent = body if file.drop_after is None else body[: file.drop_after]
        try:
            self.wfile.write(sent[: len(sent) // 2])
            self.wfile.flush()
            time.sleep(file.pause)
            self.wfile.write(sent[len(sent) // 2 :])
        except OSError:
            pass  # the other side hung up, as it should
        self.close_connection = True
