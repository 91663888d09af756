"""Prompts as the roles get them, and a chat server on loopback."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from langchain_core.messages import BaseMessage, HumanMessage
from langgraph.graph import MessagesState, StateGraph

from models import ChatCall, Ledger, ModelSpec, Reply, Role, prompt_text
from models.openai_chat import connect_openai
from models.retry import RetryPolicy, retry_policy
from nodes import prompts
from nodes.trajectory import item_text, messages
from tests.nodes.conftest import SHOP, episode, steps_of
from tests.servers.failing_server import FailingServer

OFFERED = {"Amber Quarry": 4.2, "Winter Railway": 4.1, "Thorn Harbour": 1.3}
TURNS: dict[Role, str] = {
    "planner": prompts.PLANNER.format(round=3, extent=prompts.GENRES_ALONE),
    "actor": prompts.ACTOR.format(
        plan="", tools="", experience="", round=3, form=prompts.CHOOSE_TITLE
    ),
    "critic": prompts.CRITIC.format(top=10),
    "reflector": prompts.REFLECTOR.format(
        facts="", ending=prompts.ENDED_BY_USER[0].format(rounds=2), why=prompts.ENDED_BY_USER[1]
    ),
}
REPLY = "recommend[Braid]"
USAGE = {
    "prompt_tokens": 11,
    "completion_tokens": 4,
    "total_tokens": 15,
    "prompt_tokens_details": {"cached_tokens": 8},
}
PATIENCE = 30.0


def prompt_for(role: Role, before: str = "") -> str:
    """A prompt as the nodes write it, with a catalogue for the role whose turn it is."""
    session = episode(
        ["Opal Ferry", "Lunar Vault", "Jade Engine"],
        [
            *steps_of(["Quiet Garden"], plan="puzzles first", reward=4.4),
            *steps_of(["Feral Parade"], plan="a step aside", reward=1.0, quit="disliked"),
        ],
    )
    session["steps"][1]["round"] = 2
    offers = "\n".join(f"- {item_text(title, SHOP)} ~{OFFERED[title]}" for title in OFFERED)
    catalogue = prompts.section("Catalogue (new to the user; ~ expected rating)", offers)
    return prompt_text(messages(session, SHOP, catalogue + before + TURNS[role]))


class TinyServer(ThreadingHTTPServer):
    """Gives every request the same answer, keeps what it was asked, and can hold or refuse it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[dict[str, Any]] = []
        self.usage: dict[str, Any] = USAGE
        self.refuse = 0  # as many requests, each with an error that clients do not retry
        self.open = threading.Event()
        self.open.set()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def wait_until_asked(self, times: int) -> None:
        """Waits until so many requests have come."""
        wait_until_asked(self, times)


class Handler(BaseHTTPRequestHandler):
    server: TinyServer

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(asked)
        self.server.open.wait(PATIENCE)
        if self.server.refuse:
            self.server.refuse -= 1
            self._send(400, "application/json", {"error": {"message": "not today"}})
        elif asked.get("stream"):
            self._stream()
        else:
            message = {"role": "assistant", "content": REPLY}
            choice = {"index": 0, "finish_reason": "stop", "message": message}
            answer = self._answer("chat.completion", [choice], self.server.usage)
            self._send(200, "application/json", answer)

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _stream(self) -> None:
        kind = "chat.completion.chunk"
        events = [
            self._answer(kind, [{"index": 0, "delta": {"content": REPLY[at : at + 4]}}], None)
            for at in range(0, len(REPLY), 4)
        ]
        end = {"index": 0, "delta": {}, "finish_reason": "stop"}
        events.append(self._answer(kind, [end], None))
        events.append(self._answer(kind, [], self.server.usage))
        lines = [f"data: {json.dumps(event)}\n\n" for event in events]
        self._send(200, "text/event-stream", "".join([*lines, "data: [DONE]\n\n"]))

    def _answer(self, kind: str, choices: list[Any], usage: Any) -> dict[str, Any]:
        told = {"id": "1", "object": kind, "created": 1, "model": "tiny"}
        return {**told, "choices": choices, "usage": usage}

    def _send(self, status: int, kind: str, content: Any) -> None:
        body = (content if isinstance(content, str) else json.dumps(content)).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[TinyServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with TinyServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.open.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Iterator[FailingServer]:
    """A server that answers as the offline model, and fails as it is told to."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving(FailingServer()) as server:
        yield server


@contextmanager
def serving(server: FailingServer) -> Iterator[FailingServer]:
    """Serves in a thread."""
    with server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def wait_until_asked(server: TinyServer | FailingServer, times: int) -> None:
    """Waits until so many requests have come."""
    deadline = time.monotonic() + PATIENCE
    while len(server.asked) < times:
        assert time.monotonic() < deadline, f"asked {len(server.asked)} times, not {times}"
        time.sleep(0.002)


async def ask(chat: ChatCall, prompt: str | list[BaseMessage] = "", role: Role = "actor") -> Reply:
    """What a role is answered to a prompt, or to its usual one."""
    if isinstance(prompt, str):
        prompt = [HumanMessage(prompt or prompt_for(role))]
    return await chat(role, prompt)


async def ask_in_stream(chat: ChatCall, role: Role = "actor") -> list[str]:
    """The pieces of the reply as they come to who watches a graph."""

    async def speak(state: MessagesState) -> dict[str, Any]:
        return {"messages": [(await ask(chat, role=role)).message]}

    graph = StateGraph(MessagesState).add_node("speak", speak).set_entry_point("speak").compile()
    start: Any = {"messages": []}
    pieces: Any = [piece async for piece, _ in graph.astream(start, stream_mode="messages")]
    return [piece.text for piece in pieces if piece.text]


def hurried(spec: ModelSpec, ledger: Ledger | None = None, **changes: Any) -> ChatCall:
    """The model with shorter pauses, and no more time than it is given."""
    quick = {"first_pause": 0.01, "longest_pause": 0.05, "in_all_at_least": 0.0, **changes}
    policy: RetryPolicy = replace(retry_policy(), **quick)
    return connect_openai(spec.name.removeprefix("openai:"), spec, ledger, policy)
