"""Any OpenAI-compatible server by its address; here a real one on loopback."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from models import ModelSpec, chat_model

ANSWER = {
    "id": "1",
    "object": "chat.completion",
    "created": 1,
    "model": "tiny",
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": "recommend[Braid]"},
        }
    ],
    "usage": {"prompt_tokens": 11, "completion_tokens": 4, "total_tokens": 15},
}


class TinyServer(ThreadingHTTPServer):
    """Gives every request the same answer and keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[dict[str, Any]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class Handler(BaseHTTPRequestHandler):
    server: TinyServer

    def do_POST(self) -> None:
        self.server.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        body = json.dumps(ANSWER).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[TinyServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with TinyServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


async def test_a_local_server_answers_without_a_key(server: TinyServer) -> None:
    model = chat_model(ModelSpec("openai:tiny", base_url=server.address))
    assert (await model.ainvoke("hello")).text == "recommend[Braid]"


async def test_a_local_server_can_be_named_in_the_environment(
    server: TinyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", server.address)
    await chat_model(ModelSpec("openai:tiny")).ainvoke("hello")
    assert len(server.asked) == 1


async def test_model_temperature_and_seed_reach_the_server(server: TinyServer) -> None:
    spec = ModelSpec("openai:tiny", server.address, temperature=0.3, seed=8)
    await chat_model(spec).ainvoke("hello")
    sent = server.asked[0]
    assert (sent["model"], sent["temperature"], sent["seed"]) == ("tiny", 0.3, 8)


async def test_the_tokens_that_the_server_counted_come_with_the_reply(server: TinyServer) -> None:
    message = await chat_model(ModelSpec("openai:tiny", server.address)).ainvoke("hello")
    assert message.usage_metadata is not None
    assert message.usage_metadata["input_tokens"] == 11
    assert message.usage_metadata["output_tokens"] == 4
