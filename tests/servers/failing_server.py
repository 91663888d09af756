"""An OpenAI-compatible server on loopback that answers as the offline model, and fails in between.

It fails in every way that servers do, one kind after another as told, or at random.
"""

import argparse
import email.utils
import json
import random
import socket
import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping
from http.server import ThreadingHTTPServer
from typing import Any

from tests.servers.chat_server import ChatHandler
from tests.servers.wrong_replies import ERRORS, TRANSIENT, Said, streamed, whole


class FailingServer(ThreadingHTTPServer):
    """Keeps what it was asked; `kinds` come in order, `at_random` each in this share of replies."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, kinds: Iterable[str] = (), port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), FailingHandler)
        self.kinds = deque(kinds)
        self.at_random: Mapping[str, float] = {}
        self.untaken: tuple[str, ...] = ()  # options that are refused
        self.retry_after, self.silence, self.latency = "1", 5.0, 0.0
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.times: list[float] = []
        self.failed: list[str] = []
        self._dice = random.Random(0)
        self._lock = threading.Lock()

    @property
    def address(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self.server_port}/v1"

    def note(self, asked: dict[str, Any], headers: dict[str, str]) -> str:
        """Keeps a request; how to fail at it, or nothing."""
        with self._lock:
            self.asked.append(asked)
            self.headers.append(headers)
            self.times.append(time.monotonic())
            kind = self.kinds.popleft() if self.kinds else self._by_chance()
            self.failed += [kind] * bool(kind)
            return kind

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Says nothing of clients who do not wait for the end."""

    def _by_chance(self) -> str:
        roll = self._dice.random()
        for kind, share in self.at_random.items():
            roll -= share
            if roll < 0:
                return kind
        return ""


class FailingHandler(ChatHandler):
    """One reply, or what happens in its place."""

    server: FailingServer

    def do_POST(self) -> None:
        """A chat completion, most of the time."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        kind = self.server.note(asked, {name.lower(): v for name, v in self.headers.items()})
        time.sleep(self.server.silence if kind == "timeout" else self.server.latency)
        untaken = next((name for name in self.server.untaken if name in asked), None)
        if untaken:
            told = f"Unsupported parameter: '{untaken}' is not supported with this model"
            self._refuse(400, {"message": told, "code": "unsupported_parameter"})
        elif kind in ERRORS:
            self._refuse(*ERRORS[kind])
        elif kind == "echo":
            self._refuse(401, {"message": f"Who is {self.headers['Authorization']}?"})
        elif kind[:3].isdigit():
            self._refuse(int(kind[:3]), {"message": "Come back later"}, self._later(kind))
        elif kind in ("drop", "timeout"):
            self._hang_up()
        elif kind == "trickle":
            self._trickle()
        else:
            said = streamed(asked, kind) if asked.get("stream") else whole(asked, kind)
            self._say(200, said)

    def _later(self, kind: str) -> dict[str, str]:
        if kind == "429":
            return {"Retry-After": self.server.retry_after}
        when = time.time() + 1
        return {"Retry-After": email.utils.formatdate(when, usegmt=True)} if "date" in kind else {}

    def _refuse(
        self, status: int, error: dict[str, Any], headers: Mapping[str, str] | None = None
    ) -> None:
        self._say(status, Said(json.dumps({"error": error}).encode()), headers or {})

    def _say(self, status: int, said: Said, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        length = said.promised or len(said.body)
        told = {"Content-Type": said.kind, "Content-Length": str(length), **(headers or {})}
        for name, value in told.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(said.body)
        self.wfile.flush()
        if said.promised:
            self._hang_up()

    def _trickle(self) -> None:
        """Keeps the line busy, for ever as far as clients can tell."""
        self.send_response(200)
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        end = time.monotonic() + self.server.silence
        while time.monotonic() < end:
            self.wfile.write(b" ")
            self.wfile.flush()
            time.sleep(0.05)
        self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)


def main() -> None:
    """Serves until stopped; prints its port first."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--share", type=float, default=0.0, help="of each kind of failure")
    options.add_argument("--latency-ms", type=float, default=0.0)
    options.add_argument("--silence-s", type=float, default=5.0, help="how long a timeout takes")
    options.add_argument("--kinds", default=",".join(TRANSIENT), help="those that occur")
    chosen = options.parse_args()
    server = FailingServer()
    server.at_random = dict.fromkeys(chosen.kinds.split(","), chosen.share)
    server.latency, server.silence = chosen.latency_ms / 1000, chosen.silence_s
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
