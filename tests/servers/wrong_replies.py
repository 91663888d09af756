"""What servers say, rightly and wrongly, in place of a chat completion."""

import json
from dataclasses import dataclass
from typing import Any

from tests.servers.chat_server import offline_reply

TRANSIENT = (
    *("429", "429-bare", "429-date", "500", "502", "503", "529"),
    *("timeout", "drop", "cut", "html", "cut-json", "no-choices", "error-body", "empty"),
)
LONG = "This model's maximum context length is 2048 tokens, your messages have 4096"
ERRORS: dict[str, tuple[int, dict[str, Any]]] = {
    "401": (401, {"message": "Incorrect API key provided", "code": "invalid_api_key"}),
    "403": (403, {"message": "Not for you", "code": "forbidden"}),
    "404": (404, {"message": "The model does not exist", "code": "model_not_found"}),
    "400": (400, {"message": "messages must not be empty", "code": "invalid"}),
    "context": (400, {"message": LONG, "code": "context_length_exceeded"}),
    "quota": (429, {"message": "You exceeded your quota", "code": "insufficient_quota"}),
    "range": (400, {"message": "temperature must be at most 1", "param": "temperature"}),
    "501": (501, {"message": "Not here", "code": "not_implemented"}),
    "escape": (400, {"message": "\x1b[31mred\x1b[0m \u202ealert\r\n"}),
}
HTML = "<html><title>Just a moment</title></html>"
NOT_OF_A_SCHEMA = {
    "bare": "2",
    "beyond": '{"answer": 17}',
    "fenced": '```json\n{"answer": 2}\n```',
    "list": "[2]",
    "half": '{"answ',
}
CHUNK = 16


@dataclass(frozen=True)
class Said:
    """A body, and how much of one was promised."""

    body: bytes
    kind: str = "application/json"
    promised: int = 0


def whole(asked: dict[str, Any], kind: str) -> Said:
    """A reply in one piece."""
    message = {"role": "assistant", "content": text_of(asked, kind)}
    end = "length" if kind in ("length", "half") else "stop"
    choices = [{"index": 0, "finish_reason": end, "message": message}]
    answer = {"id": "1", "object": "chat.completion", "created": 1, "model": asked["model"]}
    answer["choices"] = [] if kind == "no-choices" else choices
    if kind == "html":
        return Said(HTML.encode(), "text/html")
    if kind == "error-body":
        answer = {"error": {"message": "it broke"}}
    body = json.dumps(answer).encode()
    if kind == "cut":
        return Said(body[: len(body) // 2], promised=len(body))
    return Said(body[:-20] if kind == "cut-json" else body)


def streamed(asked: dict[str, Any], kind: str) -> Said:
    """A reply in pieces, one event each."""
    text = text_of(asked, kind)
    told = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": asked["model"]}
    pieces = [{"content": text[at : at + CHUNK]} for at in range(0, len(text), CHUNK)]
    choices: list[dict[str, Any]] = [{"index": 0, "delta": piece} for piece in pieces]
    end = "length" if kind in ("length", "half") else "stop"
    choices.append({"index": 0, "delta": {}, "finish_reason": end})
    events = [json.dumps({**told, "choices": [choice]}) for choice in choices]
    lines = [f"data: {event}\n\n" for event in [*events, "[DONE]"]]
    some = lines[: len(lines) // 2]
    by_kind = {
        "html": [HTML],
        "no-choices": lines[-1:],
        "error-body": [*some, 'data: {"error": {"message": "it broke"}}\n\n'],
        "cut": some,
        "cut-json": some,
    }
    body = "".join(by_kind.get(kind, lines)).encode()
    return Said(body, "text/event-stream", promised=len(body) + 9 if kind == "cut" else 0)


def text_of(asked: dict[str, Any], kind: str) -> str:
    """What the offline model says to it, unless nothing is to be said."""
    if kind in ("empty", "length"):
        return ""
    return NOT_OF_A_SCHEMA.get(kind) or offline_reply(asked)
