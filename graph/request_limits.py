"""What a request to the server may look like: no token in its address, a bounded body."""

import asyncio
from collections.abc import Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOKEN_NAMES = {
    *("token", "accesstoken", "authtoken", "bearer", "apikey", "xapikey"),
    *("auth", "authorization", "secret", "password"),
}
TOKEN_IN_ADDRESS = (
    "a token does not belong in an address, which proxies and logs keep: send it in the header "
    "Authorization: Bearer TOKEN, and replace this one"
)


def removes_token(scope: MutableMapping[str, Any], is_token: Callable[[str], object]) -> bool:
    """Whether the address holds a token; if so its query is removed, so that it is not logged."""
    query = scope.get("query_string", b"").decode("latin-1")
    for name, value in parse_qsl(query, keep_blank_values=True):
        plain = "".join(filter(str.isalnum, name)).lower()
        if plain in TOKEN_NAMES or is_token(value):
            scope["query_string"] = b""
            return True
    return False


class BodyLimitMiddleware:
    """Reads a request's body before its handler runs; refuses long bodies and slow ones."""

    def __init__(self, app: ASGIApp, size: int, seconds: float) -> None:
        self._app = app
        self._size = size
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuses the request or passes it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(self._seconds):
                body = await self._body(receive)
        except TimeoutError:
            problem = f"the request's body did not arrive within {self._seconds:.0f} seconds"
            await _refusal(408, problem)(scope, receive, send)
            return
        if body is None:  # the client is gone
            return
        if len(body) > self._size:
            problem = f"the request's body is longer than {self._size} bytes"
            await _refusal(413, problem)(scope, receive, send)
            return
        unread: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

        async def replay() -> Message:
            return unread.pop() if unread else await receive()

        await self._app(scope, replay, send)

    async def _body(self, receive: Receive) -> bytearray | None:
        """The body, or the beginning of one that is too long."""
        body, more = bytearray(), True
        while more and len(body) <= self._size:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            more = message.get("more_body", False)
        return body


def _refusal(status: int, problem: str) -> JSONResponse:
    """A refusal that ends the connection, on which the rest of the body would follow."""
    return JSONResponse({"detail": problem}, status, {"Connection": "close"})
