"""A chat server on loopback that speaks Anthropic's and Ollama's own protocols, and fails in them.

Anthropic's is POST /v1/messages, whole or as server-sent events; Ollama's is POST /api/chat, one
JSON object a line.
"""

import json
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

REPLY = "recommend[Braid]"
ANTHROPIC_ERRORS = {
    "busy": (429, "rate_limit_error", "This request would exceed your rate limit"),
    "overloaded": (529, "overloaded_error", "Overloaded"),
    "key": (401, "authentication_error", "invalid x-api-key"),
    "model": (404, "not_found_error", "model: claude-x"),
    "long": (400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"),
    "poor": (400, "invalid_request_error", "Your credit balance is too low to access the API."),
    "stop": (
        400,
        "invalid_request_error",
        "stop_sequences: each stop sequence must contain non-whitespace",
    ),
    "temperature": (400, "invalid_request_error", "`temperature` is deprecated for this model."),
}
OLLAMA_ERRORS = {
    "busy": (503, "server busy, please try again. maximum pending requests exceeded"),
    "model": (404, "model 'llama-x' not found"),
    "key": (401, "unauthorized"),
}


class ProviderServer(ThreadingHTTPServer):
    """Keeps what it was asked; `kinds` come in order, one a request."""

    daemon_threads = True

    def __init__(self, *kinds: str) -> None:
        super().__init__(("127.0.0.1", 0), ProviderHandler)
        self.kinds = deque(kinds)
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.keeps_alive = False  # some packages never close their connections

    @property
    def address(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Says nothing of clients who do not wait for the end."""


class ProviderHandler(BaseHTTPRequestHandler):
    """One reply, or what happens in its place."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: ProviderServer

    def do_POST(self) -> None:
        """A chat request."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(asked)
        self.server.headers.append({name.lower(): value for name, value in self.headers.items()})
        kind = self.server.kinds.popleft() if self.server.kinds else ""
        if self.path == "/v1/messages":
            self._anthropic(asked, kind)
        elif self.path == "/api/chat":
            self._ollama(asked, kind)
        else:
            self._say(404, {"error": f"nothing at {self.path}"})

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""

    def _anthropic(self, asked: dict[str, Any], kind: str) -> None:
        if kind in ANTHROPIC_ERRORS:
            status, name, message = ANTHROPIC_ERRORS[kind]
            wait = {"retry-after": "0"} if kind == "busy" else {}
            self._say(
                status, {"type": "error", "error": {"type": name, "message": message}}, **wait
            )
            return
        reason = "max_tokens" if kind == "cut" else "end_turn"
        usage = {"input_tokens": 11, "output_tokens": 4, "cache_read_input_tokens": 8}
        shell = {"id": "m", "type": "message", "role": "assistant", "model": asked["model"]}
        if not asked.get("stream"):
            content = [{"type": "text", "text": REPLY}]
            told = {"content": content, "stop_reason": reason, "stop_sequence": None}
            self._say(200, {**shell, **told, "usage": usage})
            return
        block = {"type": "text", "text": ""}
        start = {
            **shell,
            "content": [],
            "stop_reason": None,
            "usage": {**usage, "output_tokens": 0},
        }
        events: list[dict[str, Any]] = [
            {"type": "message_start", "message": start},
            {"type": "content_block_start", "index": 0, "content_block": block},
        ]
        for at in range(0, len(REPLY), 4):
            piece = {"type": "text_delta", "text": REPLY[at : at + 4]}
            events.append({"type": "content_block_delta", "index": 0, "delta": piece})
        if kind != "broken":
            ending = {"stop_reason": reason, "stop_sequence": None}
            events.append({"type": "content_block_stop", "index": 0})
            events.append({"type": "message_delta", "delta": ending, "usage": {"output_tokens": 4}})
            events.append({"type": "message_stop"})
        lines = [f"event: {one['type']}\ndata: {json.dumps(one)}\n\n" for one in events]
        self._send(200, "".join(lines), "text/event-stream")

    def _ollama(self, asked: dict[str, Any], kind: str) -> None:
        if kind in OLLAMA_ERRORS:
            status, message = OLLAMA_ERRORS[kind]
            self._say(status, {"error": message})
            return
        shell = {"model": asked["model"], "created_at": "2026-01-01T00:00:00Z"}
        text = '{"answer": 1}' if asked.get("format") and kind != "ignoring" else REPLY
        lines: list[dict[str, Any]] = [
            {**shell, "message": {"role": "assistant", "content": text[at : at + 4]}, "done": False}
            for at in range(0, len(text), 4)
        ]
        end = {"done": True, "done_reason": "length" if kind == "cut" else "stop"}
        counts = {"prompt_eval_count": 11, "eval_count": 4}
        last = {**shell, "message": {"role": "assistant", "content": ""}, **end, **counts}
        if kind == "crash":
            last = {"error": "model runner has unexpectedly stopped"}
        if kind != "broken":
            lines.append(last)
        self._send(200, "".join(f"{json.dumps(one)}\n" for one in lines), "application/x-ndjson")

    def _say(self, status: int, content: dict[str, Any], **headers: str) -> None:
        self._send(status, json.dumps(content), "application/json", **headers)

    def _send(self, status: int, text: str, kind: str, **headers: str) -> None:
        body = text.encode()
        self.send_response(status)
        for name, value in {
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            **headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
