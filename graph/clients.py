"""The client of a run: it has memories of its own, and its choice of settings is limited."""

import os
import re
from dataclasses import replace
from typing import Any

from langgraph.runtime import Runtime

from nodes import Context

TOKENS_VARIABLE, TOKENS_FILE_VARIABLE = "BILLP_TOKENS", "BILLP_TOKENS_FILE"
SERVERS_VARIABLE = "BILLP_BASE_URLS"
LOCAL = "local"  # requests from this machine on a server without tokens; no client has this name
WORLD_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
MEMORY_LENGTH = 100  # of a memory's name, with its client's


class ClientError(ValueError):
    """A setting that clients of the server may not choose; the message says what they may."""


def context_of(runtime: Runtime[Context]) -> Context:
    """The caller's context, limited if the caller is a client of the server."""
    context = runtime.context or Context()
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
    roles = (context.planner_model, context.actor_model, context.critic_model)
    names = (context.model, *roles, context.reflector_model)
    if any(name and name.startswith("scripted:") for name in names):
        raise ClientError("clients of this server may not name files: use another model")
    if not WORLD_NAME.fullmatch(context.world):
        raise ClientError("clients of this server choose a world by its name, not by a folder")
    allowed = [url.strip() for url in os.environ.get(SERVERS_VARIABLE, "").split(",")]
    if context.base_url is not None and context.base_url not in filter(None, allowed):
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
