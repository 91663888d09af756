"""Who may use the server: a token per client, and none only at the machine itself.

langgraph.json names `auth` and `app`; nothing else imports this module.
"""

import os
import re
import sqlite3
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from langgraph_sdk import Auth
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from graph.clients import LOCAL, TOKENS_FILE_VARIABLE, TOKENS_VARIABLE
from graph.threads import NOBODY, owner_of
from graph.tokens import Tokens, TokensError, tokens_from

ADDRESS_VARIABLE = "LANGGRAPH_API_URL"  # `langgraph dev` sets it to the address that it binds
STUDIO = ("https://smith.langchain.com", "https://eu.smith.langchain.com")
HOST = re.compile(r"([a-z0-9.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?", re.IGNORECASE)
ORIGIN = re.compile(rf"https?://(?:{HOST.pattern})", re.IGNORECASE)
FORWARDED = re.compile(
    rb"forwarded|via|x-real-ip|true-client-ip|x-client-ip|x-cluster-client-ip|"
    rb"x-forwarded.*|x-original-.*|cf-.*"
)
OPEN = ("/", "/ok")  # for health checks; they tell nothing but that the server runs
OPERATORS = ("/internal", "/deploy")  # of `langgraph dev`: they see and forget what is everybody's


def make_auth(tokens: Tokens | None) -> Auth:
    """Lets clients in by their tokens, and each see what is theirs alone."""
    made = Auth()

    @made.authenticate
    async def who(headers: dict[bytes, bytes], scope: dict[str, Any]) -> str:
        client = client_in(tokens, headers, scope)
        if client is None:
            raise Auth.exceptions.HTTPException(status_code=401)
        return client

    @made.on
    async def own(ctx: Auth.types.AuthContext, value: dict[str, Any]) -> Any:
        return await owned_by(ctx, value)

    return made


class Door:
    """Stands before what LangGraph leaves open: /info, /docs, /metrics, /deploy, /internal/..."""

    def __init__(self, app: ASGIApp, tokens: Tokens | None) -> None:
        self._app = app
        self._tokens = tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers in LangGraph's place, or passes the request on."""
        refusal = self._refusal(scope)
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> JSONResponse | None:
        within = scope.get("root_path", "").split("/")[1:2] == ["noauth"]  # no request can set it
        if scope["type"] != "http" or scope["path"] in OPEN or within:
            return None
        client = client_in(self._tokens, dict(scope["headers"]), scope)
        if client is None:
            return JSONResponse({"detail": "Unauthorized"}, status_code=401)
        if client != LOCAL and scope["path"].startswith(OPERATORS):
            return JSONResponse({"detail": "Not Found"}, status_code=404)
        return None


def client_in(
    tokens: Tokens | None, headers: Mapping[bytes, bytes], scope: Mapping[str, Any]
) -> str | None:
    """Whose request it is; None for nobody's who may come in."""
    return tokens.client(token_in(headers)) if tokens else local(headers, scope)


def token_in(headers: Mapping[bytes, bytes]) -> str:
    """The token of a request: `Authorization: Bearer`, or `x-api-key` as the SDK sends it."""
    scheme, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    return headers.get(b"x-api-key", b"").decode("latin-1")


def local(headers: Mapping[bytes, bytes], scope: Mapping[str, Any]) -> str | None:
    """Whoever sits at this machine: no proxy before them, and no web page but Studio's."""
    host = HOST.fullmatch(headers.get(b"host", b"").decode("latin-1"))
    origin = headers.get(b"origin", b"").decode("latin-1")
    page = ORIGIN.fullmatch(origin)
    here = is_loopback((scope.get("client") or ("",))[0]) and is_loopback(named(host))
    known = not origin or origin in STUDIO or is_loopback(named(page))
    through = any(FORWARDED.fullmatch(name) for name in headers)
    return LOCAL if here and known and not through else None


def named(found: re.Match[str] | None) -> str | None:
    """The host in a header that names one, and nothing else besides."""
    return found[1].strip("[]").lower() if found else None


def is_loopback(host: str | None) -> bool:
    """Whether a name or an address means this machine."""
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False


async def owned_by(ctx: Auth.types.AuthContext, value: dict[str, Any]) -> Any:
    """Marks what is made with its owner, and shows no client what bears another's mark."""
    client = ctx.user.identity
    if client == LOCAL:
        return None
    if ctx.resource == "crons":
        return False  # a schedule would run without its client's token
    if ctx.resource == "store":
        value["namespace"] = (client, *(value.get("namespace") or ()))
        return None
    metadata = value.get("metadata")
    if ctx.action in ("create", "create_run", "update") and isinstance(metadata, dict):
        metadata["owner"] = client
        metadata.pop("created_by", None)  # 'system' would show it to everybody
    if ctx.action in ("create", "create_run") and value.get("thread_id"):
        listed = ctx.action == "create_run" and value.get("if_not_exists") != "create"
        await refuse_others_thread(str(value["thread_id"]), client, listed=listed)
    mine = {"owner": client}
    if ctx.resource == "assistants" and ctx.action in ("read", "search"):
        return {"$or": [mine, {"created_by": "system"}]}
    return mine


async def refuse_others_thread(thread_id: str, client: str, *, listed: bool) -> None:
    """Keeps a client from a thread that is kept for another, or that was made without a token.

    Of one that must be in the server's lists, these say whose it is, though nothing that is kept
    may: a state that was set by hand bears no mark.
    """
    try:
        owner = await owner_of(thread_id)
    except (sqlite3.Error, OSError):
        raise Auth.exceptions.HTTPException(
            status_code=503, detail="Nobody can tell now whose thread this is: try again later"
        ) from None
    if owner == NOBODY and not listed:
        raise Auth.exceptions.HTTPException(
            status_code=409,
            detail="This thread was made without a token and belongs to no client: use another id",
        )
    if owner not in (None, NOBODY, client):
        raise Auth.exceptions.HTTPException(status_code=409, detail="Thread already exists")


def tokens_of_this_server(environment: Mapping[str, str] = os.environ) -> Tokens | None:
    """Its clients' tokens; where it would stand open to others, the server does not start."""
    try:
        tokens = tokens_from(environment)
    except TokensError as error:
        raise SystemExit(f"billp: {error}") from None
    host = urlsplit(environment.get(ADDRESS_VARIABLE, "")).hostname
    if tokens is None and not is_loopback(host):
        raise SystemExit(
            f"billp: a server that others can reach needs tokens: set {TOKENS_VARIABLE} or "
            f"{TOKENS_FILE_VARIABLE}, or bind 127.0.0.1"
        )
    return tokens


# At import, against the house's rule: LangGraph takes both by their names, and calls nothing.
_tokens = tokens_of_this_server()
auth = make_auth(_tokens)
app = Starlette(middleware=[Middleware(Door, tokens=_tokens)])
