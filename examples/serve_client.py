"""Recommends to your own users over HTTP, and learns from what they say; standard library only.

    langgraph dev --no-browser                                # in one terminal
    python examples/serve_client.py next anna --viewed "Ember Garden"
    python examples/serve_client.py rate anna 4               # minutes or days later
    python examples/serve_client.py rate anna end             # the session is over: it is learned

The client is stateless. A user's thread id is made from the shop's name and theirs, and the server
stores the open question of each thread: so either side may be restarted at any time.
"""

import argparse
import json
import os
import sys
import uuid
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

CONTEXT = {"world": "demo", "human": True, "max_days": 7}  # every run of a session gets the same
TIMEOUT = 300  # seconds; the next item may take several calls of the chat model


class Recommender:
    """Calls the server on behalf of one shop's users."""

    def __init__(
        self, address: str, shop: str, token: str = "", context: dict[str, Any] = CONTEXT
    ) -> None:
        self._address = address.rstrip("/")
        self._context = context
        self._headers = {"Content-Type": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._shop = uuid.uuid5(uuid.NAMESPACE_DNS, shop)  # no two shops share a thread

    def next(self, user: str, viewed: list[str] | None = None) -> Any:
        """The question about the open item, or about the first item of a new session."""
        thread = self._thread(user)
        asked = self._open_question(thread)
        if asked:
            return asked
        given = {"user": user} if viewed is None else {"user": user, "viewed": viewed}
        return self._run(thread, {"input": given})

    def rate(self, user: str, said: dict[str, Any]) -> Any:
        """Sends the user's answer; returns the next question, or the ending of the session."""
        thread = self._thread(user)
        asked = self._open_question(thread)
        if not asked:
            raise ValueError(f"nothing is open for {user!r}: ask for the next item first")
        # the answer names its question: sent twice, it counts once
        return self._run(thread, {"command": {"resume": {**said, "question": asked["question"]}}})

    def _thread(self, user: str) -> str:
        thread = str(uuid.uuid5(self._shop, user))
        body = {"thread_id": thread, "if_exists": "do_nothing", "metadata": {"graph_id": "billp"}}
        self._call("POST", "/threads", body)
        return thread

    def _open_question(self, thread: str) -> Any:
        interrupts = self._call("GET", f"/threads/{thread}/state").get("interrupts")
        return interrupts[0]["value"] if interrupts else None

    def _run(self, thread: str, request: dict[str, Any]) -> Any:
        body = {"assistant_id": "billp", "context": self._context, **request}
        state = self._call("POST", f"/threads/{thread}/runs/wait", body)
        if "__error__" in state:
            raise ValueError(state["__error__"]["message"])
        asked = state.get("__interrupt__")
        return asked[0]["value"] if asked else state["ending"]

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(self._address + path, data, self._headers, method=method)
        with urlopen(request, timeout=TIMEOUT) as reply:
            return json.load(reply)


def answer(said: str) -> dict[str, Any]:
    """4, quit (they leave over it) or end (they are done for now)."""
    return {said: True} if said in ("quit", "end") else {"rating": float(said)}


def hint(error: Exception, token: str) -> str:
    """What to do where the server refuses the client."""
    if not isinstance(error, HTTPError) or error.code != 401:
        return ""
    wrong = "it holds another token than the server knows" if token else "it is not set"
    return f": the server takes clients with a token alone, from BILLP_TOKEN; {wrong}"


def main() -> None:
    """The two commands."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("action", choices=("next", "rate"))
    parser.add_argument("user")
    parser.add_argument("said", nargs="?", type=answer, help="1 to 5, quit or end")
    parser.add_argument("--viewed", action="append", help="a title they know, once for each")
    parser.add_argument("--server", default="http://127.0.0.1:2024")
    parser.add_argument("--shop", help="a name of your own, always the same; needed with a token")
    options, token = parser.parse_args(), os.environ.get("BILLP_TOKEN", "")
    if token and not options.shop:
        parser.error("clients with tokens must not share threads: name your own --shop")
    client = Recommender(options.server, options.shop or "shop.example", token)
    try:
        if options.action == "next":
            result = client.next(options.user, options.viewed)
        else:
            result = client.rate(options.user, options.said or {})
    except (HTTPError, URLError, OSError, ValueError) as error:
        sys.exit(f"{options.server}: {error}{hint(error, token)}")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
