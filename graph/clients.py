"""Clients of the server: their tokens, memories of their own, and limits to their settings.

Tokens come from the environment or a file; only their digests stay in memory.
"""

import hashlib
import hmac
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from langgraph.runtime import Runtime

from models import ROLES
from nodes import Context

TOKENS_VARIABLE, TOKENS_FILE_VARIABLE = "BILLP_TOKENS", "BILLP_TOKENS_FILE"
SERVERS_VARIABLE, PROVIDERS_VARIABLE = "BILLP_BASE_URLS", "BILLP_PROVIDERS"
SHOW_RUNS_VARIABLE = "BILLP_SHOW_RUNS"
FILES_OR_CODE = ("scripted", "local", "community", "import")  # kinds of models that name them
LOCAL = "local"  # requests from this machine on a server without tokens; no client has this name
WORLD_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
MEMORY_LENGTH = 100  # of a memory's name, with its client's
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
TOKEN = re.compile(r"[!-~]{16,512}")


class ClientError(ValueError):
    """A setting that clients of the server may not choose; the message says what they may."""


def context_of(runtime: Runtime[Context]) -> Context:
    """The caller's context, limited if the caller is a client of the server."""
    context = runtime.context or Context()
    if not isinstance(context, Context):  # an outer graph hands on its own
        raise TypeError(
            f"this graph was given the context of another, of type {type(context).__name__!r}: "
            "give the outer graph context_schema=Context and a Context of `nodes`"
        )
    client = client_of(runtime)
    return context if client is None else client_context(context, client)


def client_of(runtime: Runtime[Any]) -> str | None:
    """The client whose token came with the run; None for runs outside a server with tokens."""
    server = runtime.server_info
    if server is None:
        return None
    if server.user is None:
        if needs_tokens():
            raise ClientError("this run belongs to no client: start it again")
        return None
    return None if server.user.identity == LOCAL else server.user.identity


def needs_tokens() -> bool:
    """Whether the server has clients with tokens."""
    return bool(os.environ.get(TOKENS_VARIABLE) or os.environ.get(TOKENS_FILE_VARIABLE))


def client_context(context: Context, client: str) -> Context:
    """The context with the client's own memory; refuses access to the machine's files and keys.

    A client's name holds no dot, so no two clients share a memory's name.
    """
    names = (context.model, *(getattr(context, f"{role}_model") for role in ROLES))
    for name in filter(None, names):
        _check_model(name)
    if not WORLD_NAME.fullmatch(context.world):
        raise ClientError("clients of this server choose a world by its name, not by a folder")
    if context.base_url is not None and context.base_url not in _listed(SERVERS_VARIABLE):
        raise ClientError(
            f"clients of this server may not choose its chat server: leave base_url out, or let "
            f"{SERVERS_VARIABLE} on the server list it"
        )
    if context.memory.startswith(f"{client}."):  # done already, as for an episode of a training
        return context
    room = MEMORY_LENGTH - len(client) - 1
    if len(context.memory) > room:
        raise ClientError(
            f"the memory's name has {len(context.memory)} characters: {room} are left beside the "
            f"client's own name"
        )
    return replace(context, memory=f"{client}.{context.memory}")


def _check_model(name: str) -> None:
    """Refuses models that name files or code, and providers that the server does not list."""
    kind, named, _ = name.partition(":")
    if named and kind in FILES_OR_CODE:
        raise ClientError("clients of this server may not name files or code: use another model")
    if named and kind != "openai" and kind not in _listed(PROVIDERS_VARIABLE):
        raise ClientError(
            f"clients of this server may not ask models of {kind!r}: use another model, or let "
            f"{PROVIDERS_VARIABLE} on the server list it"
        )


def sees_runs(client: str) -> bool:
    """Whether a client sees the runs on this machine, as its own user does."""
    return client == LOCAL or client in _listed(SHOW_RUNS_VARIABLE)


def _listed(variable: str) -> list[str]:
    """What a variable lists, separated by commas."""
    return [one for part in os.environ.get(variable, "").split(",") if (one := part.strip())]


class SettingsError(ValueError):
    """An operator's setting with which the server does not start; the message names it."""


class TokensError(SettingsError):
    """Tokens that cannot be used; the message names the place and never a token."""


class ClientTokens:
    """The clients of a server by their tokens' digests."""

    def __init__(self, names: Mapping[str, str]) -> None:
        """Takes names by token."""
        self._clients = [(_digest(token), name) for token, name in names.items()]

    def client(self, token: str) -> str | None:
        """The client of a token, in constant time."""
        digest, found = _digest(token), None
        for known, name in self._clients:
            if hmac.compare_digest(known, digest):
                found = name
        return found


def tokens_from(environment: Mapping[str, str]) -> ClientTokens | None:
    """The configured tokens, or None where none are configured."""
    inline, file = environment.get(TOKENS_VARIABLE), environment.get(TOKENS_FILE_VARIABLE)
    if inline and file:
        raise TokensError(f"set {TOKENS_VARIABLE} or {TOKENS_FILE_VARIABLE}, not both")
    if inline:
        entries = enumerate(inline.split(","), start=1)
        return _parse({f"{TOKENS_VARIABLE} entry {n}": entry.strip() for n, entry in entries})
    return _from_file(Path(file)) if file else None


def _from_file(path: Path) -> ClientTokens:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise TokensError(f"{TOKENS_FILE_VARIABLE} {path} cannot be read: {reason}") from None
    numbered = ((n, line.strip()) for n, line in enumerate(lines, start=1))
    return _parse({f"{path} line {n}": line for n, line in numbered if line and line[0] != "#"})


def _parse(entries: Mapping[str, str]) -> ClientTokens:
    """Entries by the place that errors name; clients and tokens must be unique."""
    names: dict[str, str] = {}
    for place, entry in entries.items():
        name, colon, token = entry.partition(":")
        if not colon or not NAME.fullmatch(name) or name == LOCAL:
            raise TokensError(
                f"{place}: expected name:token, the name of lower-case letters, digits, '-' and "
                f"'_', and not {LOCAL!r}"
            )
        if not TOKEN.fullmatch(token):
            raise TokensError(f"{place}: a token has 16 to 512 visible ASCII characters")
        if token in names or name in names.values():
            raise TokensError(f"{place}: a client and a token may stand there only once")
        names[token] = name
    if not names:
        raise TokensError(f"{TOKENS_VARIABLE} and {TOKENS_FILE_VARIABLE}: no token in them")
    return ClientTokens(names)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
