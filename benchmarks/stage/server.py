"""A chat server on loopback that answers each role in a fixed time and with hardly any CPU time."""

import argparse
import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
THOUGHT = "Something of a genre that was not shown lately, since the user likes a change."
ANSWERS = {b"Thought:": THOUGHT, b"Action:": "1", b"Value:": "20", b"Reflection:": THOUGHT}
USAGE = {"prompt_tokens": 900, "completion_tokens": 12, "total_tokens": 912}


def response(text: str) -> bytes:
    """A chat completion as it goes over the line."""
    choice = {
        "index": 0,
        "finish_reason": "stop",
        "message": {"role": "assistant", "content": text},
    }
    told = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "loopback"}
    body = json.dumps({**told, "choices": [choice], "usage": USAGE}).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"{head}\r\n".encode() + body


FREE = {label: response(text) for label, text in ANSWERS.items()}
HELD = {label: response(f'{{"answer": {text}}}') for label, text in ANSWERS.items()}
OTHER = response("yes")


class Answering(asyncio.Protocol):
    """One connection, which is kept open."""

    def __init__(self, latency: float) -> None:
        self._latency = latency
        self._received = b""

    def connection_made(self, transport: Any) -> None:
        """Keeps where answers go."""
        self._transport: asyncio.Transport = transport

    def data_received(self, data: bytes) -> None:
        """Answers once a whole request is there."""
        self._received += data
        head, blank, body = self._received.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if blank and len(body) >= (int(length[1]) if length else 0):
            self._received = b""
            loop = asyncio.get_running_loop()
            loop.call_later(self._latency, self._transport.write, answer(body))


def answer(body: bytes) -> bytes:
    """The answer of the role whose label comes last in the prompt."""
    by_role = HELD if b'"response_format"' in body else FREE
    label = max(ANSWERS, key=body.rfind)
    return by_role[label] if label in body else OTHER


@contextmanager
def serving(latency: float) -> Iterator[int]:
    """The port of such a server in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.stage.server", str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            yield int(server.stdout.readline())
        finally:
            server.kill()


async def _serve(latency: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Answering(latency), "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    """Serves until stopped; prints its port first."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("latency", type=float, help="in seconds")
    asyncio.run(_serve(options.parse_args().latency))


if __name__ == "__main__":
    main()
