"""Whose run it is: a client of the server has memories of its own, and may choose less."""

import os
import re
from dataclasses import replace
from typing import Any

from langgraph.runtime import Runtime

from nodes import Context

TOKENS_VARIABLE, TOKENS_FILE_VARIABLE = "BILLP_TOKENS", "BILLP_TOKENS_FILE"
SERVERS_VARIABLE = "BILLP_BASE_URLS"
LOCAL = "local"  # whoever sits at the machine itself; no client is called so
WORLD_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
MEMORY_LENGTH = 100  # of a memory's name, that of its client included


class ClientError(ValueError):
    """What a client of the server may not do; the message says what it may."""


def context_of(runtime: Runtime[Context]) -> Context:
    """The caller's context; that of a client speaks of the client's own memories."""
    context = runtime.context or Context()
    client = client_of(runtime)
    return context if client is None else owned(context, client)


def client_of(runtime: Runtime[Any]) -> str | None:
    """The client whose token the server was shown; None for whoever runs the graph themselves."""
    server = runtime.server_info
    if server is None:
        return None
    if server.user is None:
        if secured():
            raise ClientError("this run belongs to no client: start it again")
        return None
    return None if server.user.identity == LOCAL else server.user.identity


def secured() -> bool:
    """Whether clients need tokens."""
    return bool(os.environ.get(TOKENS_VARIABLE) or os.environ.get(TOKENS_FILE_VARIABLE))


def owned(context: Context, client: str) -> Context:
    """A client's context: its memories, and nothing that reaches the machine's files or keys.

    Names of clients hold no dot, so that no two clients' memories can bear one name.
    """
    roles = (context.planner_model, context.actor_model, context.critic_model)
    names = (context.model, *roles, context.reflector_model)
    if any(name and name.startswith("scripted:") for name in names):
        raise ClientError("clients of this server may not name files: use another model")
    if not WORLD_NAME.fullmatch(context.world):
        raise ClientError("clients of this server choose a world by its name, not by a folder")
    listed = [url.strip() for url in os.environ.get(SERVERS_VARIABLE, "").split(",")]
    if context.base_url is not None and context.base_url not in filter(None, listed):
        raise ClientError(
            f"clients of this server may not choose its chat server: leave base_url out, or let "
            f"{SERVERS_VARIABLE} on the server list it"
        )
    if context.memory.startswith(f"{client}."):  # as of an episode within a client's training
        return context
    left = MEMORY_LENGTH - len(client) - 1
    if len(context.memory) > left:
        raise ClientError(
            f"the memory's name has {len(context.memory)} characters: {left} are left beside the "
            f"client's own name"
        )
    return replace(context, memory=f"{client}.{context.memory}")
