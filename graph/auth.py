"""Who may use the server: a token per client, and none only at the machine itself.

langgraph.json names `auth`; nothing else imports this module.
"""

import os
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from langgraph_sdk import Auth

from graph.clients import LOCAL, TOKENS_FILE_VARIABLE, TOKENS_VARIABLE
from graph.threads import owner_of
from graph.tokens import Tokens, TokensError, tokens_from

ADDRESS_VARIABLE = "LANGGRAPH_API_URL"  # `langgraph dev` sets it to the address that it binds
STUDIO = ("https://smith.langchain.com", "https://eu.smith.langchain.com")
FORWARDED = (b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip")


def make_auth(tokens: Tokens | None) -> Auth:
    """Lets clients in by their tokens, and each see what is theirs alone."""
    made = Auth()

    @made.authenticate
    async def who(headers: dict[bytes, bytes], scope: dict[str, Any]) -> str:
        client = tokens.client(token_in(headers)) if tokens else local(headers, scope)
        if client is None:
            raise Auth.exceptions.HTTPException(status_code=401)
        return client

    @made.on
    async def own(ctx: Auth.types.AuthContext, value: dict[str, Any]) -> Any:
        return await owned_by(ctx, value)

    return made


def token_in(headers: Mapping[bytes, bytes]) -> str:
    """The token of a request: `Authorization: Bearer`, or `x-api-key` as the SDK sends it."""
    scheme, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    return headers.get(b"x-api-key", b"").decode("latin-1")


def local(headers: Mapping[bytes, bytes], scope: Mapping[str, Any]) -> str | None:
    """Whoever sits at this machine: no proxy before them, and no web page but Studio's."""
    host = urlsplit("//" + headers.get(b"host", b"").decode("latin-1")).hostname
    origin = headers.get(b"origin", b"").decode("latin-1")
    here = is_loopback((scope.get("client") or ("",))[0]) and is_loopback(host)
    known = not origin or origin in STUDIO or is_loopback(urlsplit(origin).hostname)
    through = any(name in headers for name in FORWARDED)
    return LOCAL if here and known and not through else None


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
        kept_for = await owner_of(str(value["thread_id"]))
        if kept_for not in (None, client):
            raise Auth.exceptions.HTTPException(status_code=409, detail="Thread already exists")
    mine = {"owner": client}
    if ctx.resource == "assistants" and ctx.action in ("read", "search"):
        return {"$or": [mine, {"created_by": "system"}]}
    return mine


def for_this_server(environment: Mapping[str, str] = os.environ) -> Auth:
    """The server's door; where it would stand open to others, the server does not start."""
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
    return make_auth(tokens)


auth = for_this_server()
