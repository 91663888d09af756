"""An OpenAI-compatible chat server on loopback that answers as the offline model, after a while."""

import argparse
import json
import re
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from models import LABELS, ROLES, Role
from models.stand_ins.offline import reply

LINE = re.compile(r"^(\w+): (.+)$", re.MULTILINE)


def offline_reply(body: dict[str, Any]) -> str:
    """What the offline model says to a request; its numbers as objects, if a schema wants them."""
    prompt = "\n\n".join(message["content"] for message in body["messages"])
    role = role_of(prompt)
    text = reply(role, prompt, seed=int(body.get("seed") or 0)) if role else "In which role?"
    return in_form(text, body["response_format"]) if "response_format" in body else text


def in_form(text: str, wanted: dict[str, Any]) -> str:
    """A reply as the object that a schema wants; a form of lines by its labels."""
    fields: dict[str, Any] = wanted["json_schema"]["schema"]["properties"]
    if list(fields) == ["answer"]:
        return f'{{"answer": {text}}}'
    said = {name.casefold(): value for name, value in LINE.findall(text)}
    return json.dumps({name: _in_field(said.get(name, ""), of) for name, of in fields.items()})


def _in_field(said: str, wanted: dict[str, Any]) -> Any:
    if wanted["type"] == "array":
        return [name for name in said.split(", ") if name in wanted["items"]["enum"]]
    options = wanted["enum"]
    return next((option for option in options if str(option) == said), options[-1])


def role_of(prompt: str) -> Role | None:
    """The role whose label is the last line of the prompt: a server is told no more."""
    last = prompt.rstrip().rsplit("\n", 1)[-1].strip()
    return next((role for role in ROLES if LABELS[role] == last), None)


class ChatHandler(BaseHTTPRequestHandler):
    """Answers chat completions; keeps connections open, as real servers do."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    latency = 0.0

    def do_POST(self) -> None:
        """A chat completion."""
        received = time.monotonic()
        body: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = offline_reply(body)
        time.sleep(max(0.0, self.latency - (time.monotonic() - received)))
        message = {"role": "assistant", "content": text}
        self._send(
            {
                "id": "chatcmpl-loopback",
                "object": "chat.completion",
                "created": 0,
                "model": body["model"],
                "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
            }
        )

    def do_GET(self) -> None:
        """A sign of life."""
        self._send({"ok": True})

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""

    def _send(self, content: dict[str, Any]) -> None:
        data = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def main() -> None:
    """Serves until stopped; prints its port first."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--latency-ms", type=float, default=0.0)
    chosen = options.parse_args()
    ChatHandler.latency = chosen.latency_ms / 1000
    server = ThreadingHTTPServer(("127.0.0.1", chosen.port), ChatHandler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
