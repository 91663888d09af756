"""Who may look into which memories: each client into its own, and nobody writes."""

from typing import Any

from langgraph_sdk import Auth

from graph.clients import LOCAL
from graph.shelf.store import READ_ONLY


async def read_own(ctx: Auth.types.AuthContext, value: dict[str, Any]) -> None:
    """Refuses writes, and namespaces that do not begin with the client's own name.

    Without tokens there is one client, this machine's user, who sees all memories.
    """
    client = ctx.user.identity
    if ctx.action in ("put", "delete"):
        raise Auth.exceptions.HTTPException(status_code=403, detail=READ_ONLY)
    if client == LOCAL:
        return
    owner, *rest = value.get("namespace") or (client,)
    if owner != client and not (owner == "*" and ctx.action == "list_namespaces"):
        raise Auth.exceptions.HTTPException(
            status_code=403, detail=f"namespaces of this client begin with {client!r}"
        )
    value["namespace"] = (client, *rest)
