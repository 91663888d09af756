"""A chat server on loopback that answers each role in a fixed time and with hardly any CPU time.

It answers the prompts of other programs with one text, and any text to embed with one vector;
`GET /counted` tells what it was asked so far.
"""

import argparse
import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
THOUGHT = "Something of a genre that was not shown lately, since the user likes a change."
REFLECTION = "Why: bored\nRest: 3"
STAYED = b'"stayed"]'
HELD_REFLECTION = '{"why": "bored", "genres": [], "rest": 3, "show": [], "avoid": []}'
ANSWERS = {b"Thought:": THOUGHT, b"Action:": "1", b"Value:": "6", b"Reflection:": REFLECTION}
USAGE = {"prompt_tokens": 900, "completion_tokens": 12, "total_tokens": 912}


def json_response(content: object) -> bytes:
    """JSON as it goes over the line."""
    body = json.dumps(content).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"{head}\r\n".encode() + body


def response(text: str) -> bytes:
    """A chat completion, which is a completion of the older kind as well."""
    choice = {
        "index": 0,
        "finish_reason": "stop",
        "message": {"role": "assistant", "content": text},
        "text": text,
    }
    told = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "loopback"}
    return json_response({**told, "choices": [choice], "usage": USAGE})


def embedded(body: bytes) -> bytes:
    """The same vector for each text of a request."""
    texts = json.loads(body).get("input", "")
    count = len(texts) if isinstance(texts, list) else 1
    vector = [1.0, *[0.0] * (DIMENSIONS - 1)]
    data = [{"object": "embedding", "index": at, "embedding": vector} for at in range(count)]
    usage = {"prompt_tokens": 1, "total_tokens": 1}
    return json_response({"object": "list", "model": "loopback", "data": data, "usage": usage})


FREE = {label: response(text) for label, text in ANSWERS.items()}
HELD = {label: response(f'{{"answer": {text}}}') for label, text in ANSWERS.items()}
HELD[b"Reflection:"] = response(HELD_REFLECTION)
HELD_STAYED = response(HELD_REFLECTION.replace("bored", "stayed"))
OTHER = response("yes")
DIMENSIONS = 1536


@dataclass
class Counted:
    """What a server was asked."""

    calls: int = 0
    embeddings: int = 0
    characters: int = 0  # of the chat calls' bodies


class Answering(asyncio.Protocol):
    """One connection, which is kept open."""

    def __init__(self, latency: float, counted: Counted, other: bytes) -> None:
        self._latency = latency
        self._counted = counted
        self._other = other
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
            if head.startswith(b"GET"):
                self._transport.write(json_response(asdict(self._counted)))
            elif b"/embeddings " in head.partition(b"\r\n")[0]:
                self._counted.embeddings += 1
                self._transport.write(embedded(body))
            else:
                self._counted.calls += 1
                self._counted.characters += len(body)
                loop.call_later(self._latency, self._transport.write, answer(body, self._other))


def answer(body: bytes, other: bytes = OTHER) -> bytes:
    """The answer of the role whose label comes last in the prompt."""
    by_role = HELD if b'"response_format"' in body else FREE
    label = max(ANSWERS, key=body.rfind)
    if by_role is HELD and label == b"Reflection:" and STAYED in body:
        return HELD_STAYED
    return by_role[label] if label in body else other


@contextmanager
def serving(latency: float, other: str | None = None) -> Iterator[int]:
    """The port of such a server in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.stage.server", str(latency)]
    command += [] if other is None else ["--answer", other]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            yield int(server.stdout.readline())
        finally:
            server.kill()


async def _serve(latency: float, other: bytes) -> None:
    loop, counted = asyncio.get_running_loop(), Counted()
    server = await loop.create_server(
        lambda: Answering(latency, counted, other), "127.0.0.1", 0, backlog=512
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    """Serves until stopped; prints its port first."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("latency", type=float, help="in seconds")
    options.add_argument("--answer", default="yes", help="to the prompts of other programs")
    given = options.parse_args()
    asyncio.run(_serve(given.latency, response(given.answer)))


if __name__ == "__main__":
    main()
