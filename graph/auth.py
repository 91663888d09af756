"""Who may use the server: clients with tokens; without tokens, requests from this machine alone.

langgraph.json names `auth`, and the app that `experiments.served` makes of `server_app`.
"""

import os
import re
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from ipaddress import ip_address
from typing import Any, NoReturn
from urllib.parse import urlsplit

from langgraph_sdk import Auth
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from graph.admission import Admission, AdmissionMiddleware, TooManyRunsError
from graph.app.routes import page_routes
from graph.app.worlds import world_routes
from graph.clients import (
    LOCAL,
    TOKENS_FILE_VARIABLE,
    TOKENS_VARIABLE,
    ClientTokens,
    SettingsError,
    tokens_from,
)
from graph.lifespan import lifespan
from graph.request_limits import TOKEN_IN_ADDRESS, BodyLimitMiddleware, removes_token
from graph.server_settings import BodyLimits, body_limits, run_limits
from graph.shelf.access import read_own
from graph.shelf.withdrawal import CLIENT, memory_routes
from graph.threads import NOBODY, owner_of, threads_address
from nodes.chat import ChatContext
from nodes.context import Context, unknown_setting
from nodes.input_limits import input_problem

ADDRESS_VARIABLE = "LANGGRAPH_API_URL"  # `langgraph dev` sets it to the address that it binds
STUDIO = ("https://smith.langchain.com", "https://eu.smith.langchain.com")
HOST = re.compile(r"([a-z0-9.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?", re.IGNORECASE)
ORIGIN = re.compile(rf"https?://(?:{HOST.pattern})", re.IGNORECASE)
PROXY_HEADER = re.compile(
    rb"forwarded|via|x-real-ip|true-client-ip|x-client-ip|x-cluster-client-ip|"
    rb"x-forwarded.*|x-original-.*|cf-.*"
)
HEALTH_CHECKS = ("/", "/ok")  # open to everybody: they only say that the server runs
CONTEXT_GIVEN = "__context_provided__"  # the server's mark on runs whose caller gave a context
CHAT = "chat"  # the graph of conversations, as langgraph.json names it
OPERATOR_PATHS = ("/internal", "/deploy")  # show or delete the data of all clients
BATCH_PATH = "/runs/batch"  # would start some runs and then fail at a client's limit
RETRY_AFTER = "5"  # seconds


def _make_auth(tokens: ClientTokens | None, admission: Admission) -> Auth:
    auth = Auth()

    @auth.authenticate
    async def authenticate(headers: dict[bytes, bytes], scope: dict[str, Any]) -> str:
        if removes_token(scope, lambda text: tokens and tokens.client(text)):
            raise Auth.exceptions.HTTPException(status_code=401, detail=TOKEN_IN_ADDRESS)
        client = _client_of_request(tokens, headers, scope)
        if client is None:
            raise Auth.exceptions.HTTPException(status_code=401)
        return client

    @auth.on.threads.create_run
    async def admit(ctx: Auth.types.AuthContext, value: Auth.types.RunsCreate) -> Any:
        owned = await limit_to_owner(ctx, value)  # type: ignore[arg-type]
        await _admit(admission, ctx.user.identity, value)
        return owned

    auth.on.store(read_own)
    auth.on(limit_to_owner)
    return auth


async def _admit(admission: Admission, client: str, value: Auth.types.RunsCreate) -> None:
    thread, enqueue = value.get("thread_id"), value.get("multitask_strategy") == "enqueue"
    named = str(thread) if thread else None
    try:
        await admission.admit(client, str(value.get("run_id")), named, enqueue=enqueue)
    except TooManyRunsError as error:
        raise Auth.exceptions.HTTPException(
            status_code=429,
            detail=f"{error}: try again later",
            headers={"Retry-After": RETRY_AFTER},
        ) from None


class TokenMiddleware:
    """Protects what LangGraph leaves open: /info, /docs, /metrics, /deploy, /internal/...

    With tokens, the page's own `files` are open: it asks for the token itself.
    """

    def __init__(
        self, app: ASGIApp, tokens: ClientTokens | None, files: Collection[str] = ()
    ) -> None:
        self._app = app
        self._tokens = tokens
        self._open = frozenset((*HEALTH_CHECKS, *(files if tokens else ())))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuses the request or passes it on."""
        await (self._refusal(scope) or self._app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> JSONResponse | None:
        # the server's calls to itself have this root path, which no request can set
        internal = scope.get("root_path", "").split("/")[1:2] == ["noauth"]
        if scope["type"] != "http" or scope["path"] in self._open or internal:
            return None
        tokens = self._tokens
        if removes_token(scope, lambda text: tokens and tokens.client(text)):
            return JSONResponse({"detail": TOKEN_IN_ADDRESS}, status_code=401)
        client = _client_of_request(self._tokens, dict(scope["headers"]), scope)
        if client is None:
            return JSONResponse({"detail": "Unauthorized"}, status_code=401)
        scope[CLIENT] = client
        if client != LOCAL and scope["path"].startswith(OPERATOR_PATHS):
            return JSONResponse({"detail": "Not Found"}, status_code=404)
        if client != LOCAL and scope["path"].rstrip("/") == BATCH_PATH:
            return JSONResponse({"detail": "start runs one by one"}, status_code=422)
        return None


def _client_of_request(
    tokens: ClientTokens | None, headers: Mapping[bytes, bytes], scope: Mapping[str, Any]
) -> str | None:
    """The client that sent a request; None if it may not use the server."""
    if tokens:
        return tokens.client(token_of_request(headers))
    return LOCAL if is_local_request(headers, scope) else None


def token_of_request(headers: Mapping[bytes, bytes]) -> str:
    """The token in `Authorization: Bearer`, or in `x-api-key` as the SDK sends it."""
    scheme, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    return headers.get(b"x-api-key", b"").decode("latin-1")


def is_local_request(headers: Mapping[bytes, bytes], scope: Mapping[str, Any]) -> bool:
    """Whether it comes from this machine, through no proxy, and from no web page but Studio's."""
    host = HOST.fullmatch(headers.get(b"host", b"").decode("latin-1"))
    origin = headers.get(b"origin", b"").decode("latin-1")
    page = ORIGIN.fullmatch(origin)
    from_loopback = _is_loopback((scope.get("client") or ("",))[0]) and _is_loopback(host)
    allowed_origin = not origin or origin in STUDIO or _is_loopback(page)
    proxied = any(PROXY_HEADER.fullmatch(name) for name in headers)
    return from_loopback and allowed_origin and not proxied


def _is_loopback(host: re.Match[str] | str | None) -> bool:
    """Whether an address, or the host that HOST or ORIGIN matched, means this machine."""
    if isinstance(host, re.Match):
        host = str(host[1]).strip("[]").lower()
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False


async def limit_to_owner(ctx: Auth.types.AuthContext, value: dict[str, Any]) -> Any:
    """Marks new resources with their owner, and returns the filter that hides those of others.

    Runs and assistants with an unknown setting are refused, whoever asks for them.
    """
    client = ctx.user.identity
    _check_settings(value)
    if client == LOCAL:
        return None
    if ctx.resource == "crons":
        return False  # a scheduled run would carry no token
    metadata = value.get("metadata")
    if ctx.action in ("create", "create_run", "update") and isinstance(metadata, dict):
        metadata["owner"] = client
        metadata.pop("created_by", None)  # 'system' would make it visible to everybody
    if ctx.action in ("create", "create_run") and value.get("thread_id"):
        listed = ctx.action == "create_run" and value.get("if_not_exists") != "create"
        await _refuse_others_thread(str(value["thread_id"]), client, listed=listed)
    mine = {"owner": client}
    if ctx.resource == "assistants" and ctx.action in ("read", "search"):
        return {"$or": [mine, {"created_by": "system"}]}
    return mine


def _check_settings(value: Mapping[str, Any]) -> None:
    """Refuses a context with an unknown name, which the server would drop, and a long input."""
    run = value.get("kwargs") or {}
    configurable = (run.get("config") or {}).get("configurable") or {}
    # without a caller's context, the server makes one of `configurable`, which may hold anything
    context = run.get("context") if configurable.get(CONTEXT_GIVEN) else value.get("context")
    # runs name an assistant and not a graph, so theirs may have the settings of all graphs
    settings = ChatContext if value.get("graph_id") in (None, CHAT) else Context
    if isinstance(context, Mapping) and (problem := unknown_setting(context, settings)):
        raise Auth.exceptions.HTTPException(status_code=422, detail=problem)
    given = run.get("input")
    if isinstance(given, Mapping) and (problem := input_problem(given)):
        raise Auth.exceptions.HTTPException(status_code=422, detail=problem)


async def _refuse_others_thread(thread_id: str, client: str, *, listed: bool) -> None:
    """Raises if the stored thread belongs to another client, or was made without a token.

    Checkpoints without an owner, as of a state set by hand, are accepted if the server must have
    the thread `listed`: its own filter then decides whose it is.
    """
    try:
        owner = await owner_of(thread_id)
    except (sqlite3.Error, OSError):
        raise Auth.exceptions.HTTPException(
            status_code=503, detail="The owner of this thread cannot be read now: try again later"
        ) from None
    if owner == NOBODY and not listed:
        raise Auth.exceptions.HTTPException(
            status_code=409,
            detail="This thread was made without a token and belongs to no client: use another id",
        )
    if owner not in (None, NOBODY, client):
        raise Auth.exceptions.HTTPException(status_code=409, detail="Thread already exists")


def tokens_of_this_server(environment: Mapping[str, str] = os.environ) -> ClientTokens | None:
    """The configured tokens; ends the process if others could reach a server without any."""
    try:
        tokens = tokens_from(environment)
    except SettingsError as error:
        _refuse_to_start(error)
    host = urlsplit(environment.get(ADDRESS_VARIABLE, "")).hostname
    if tokens is None and not _is_loopback(host):
        _refuse_to_start(
            f"a server that others can reach needs tokens: set {TOKENS_VARIABLE} or "
            f"{TOKENS_FILE_VARIABLE}, or bind 127.0.0.1"
        )
    return tokens


def _limits_of_this_server(*, tokens: bool) -> tuple[Admission, BodyLimits]:
    try:
        return Admission(run_limits(os.environ, tokens=tokens)), body_limits(os.environ)
    except SettingsError as error:
        _refuse_to_start(error)


def check_threads() -> None:
    """Ends the process if the database of threads cannot be one."""
    try:
        threads_address()
    except SettingsError as error:
        _refuse_to_start(error)


def _refuse_to_start(problem: object) -> NoReturn:
    raise SystemExit(f"billp: {problem}")


# Made at import, against the rule of this project: LangGraph takes it by name and calls nothing.
_tokens = tokens_of_this_server()
_admission, _body = _limits_of_this_server(tokens=_tokens is not None)
check_threads()
auth = _make_auth(_tokens, _admission)


def server_app(more: Iterable[Route] = ()) -> Starlette:
    """The app with the page, the memories and the worlds, and with `more` that rooms above add."""
    page = page_routes()
    return Starlette(
        routes=[*page, *memory_routes(), *world_routes(), *more],
        middleware=[
            Middleware(TokenMiddleware, tokens=_tokens, files=[route.path for route in page]),
            Middleware(BodyLimitMiddleware, size=_body.size, seconds=_body.seconds),
            Middleware(AdmissionMiddleware, admission=_admission),
        ],
        lifespan=lifespan,
    )
