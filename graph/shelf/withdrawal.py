"""`POST /memories/forget`: a client withdraws what a user or an episode taught a memory of its own.

The body names the memory by its `namespace` in the store, and one `user` or `episode`.
"""

import asyncio
import json
import logging
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from graph.clients import LOCAL
from graph.load import open_folder
from graph.shelf.places import Namespace, Place, place_of
from stores import Source, StoreError, StoreInUseError

ADDRESS = "/memories/forget"
CLIENT = "billp.client"  # in the scope of a request that was let in
LONGEST = 1000  # characters of a name; no fact has a longer one

IN_USE = (
    "Another process has this memory open, so nothing was withdrawn: stop that one and try again, "
    "or withdraw it there"
)
UNREADABLE = "This memory cannot be opened now, so nothing was withdrawn: the server's log says why"
EXPECTED = (
    "send a memory's `namespace` (owner, world, memory, arm) and one `user` or `episode`, as the "
    "store has them"
)

log = logging.getLogger(__name__)


class BadRequestError(ValueError):
    """A body that is not as it must be."""


@dataclass(frozen=True)
class Wish:
    """Which memory is to forget what."""

    memory: Namespace
    source: Source


def memory_routes() -> list[Route]:
    """The routes on which memories are changed."""
    return [Route(ADDRESS, _forget, methods=["POST"], include_in_schema=False)]


async def _forget(request: Request) -> JSONResponse:
    client = request.scope.get(CLIENT)
    if client is None:
        return _refusal(401, "Unauthorized")
    try:
        wish = _wish(await request.body())
    except BadRequestError:
        return _refusal(422, EXPECTED)
    own = client == LOCAL or wish.memory[0] == client
    place = await asyncio.to_thread(place_of, wish.memory) if own else None
    if place is None:
        return _refusal(404, "There is no such memory: the store lists those that there are")
    try:
        return JSONResponse(await asyncio.to_thread(_withdraw, place, wish.source))
    except StoreInUseError:
        return _refusal(409, IN_USE)
    except StoreError as error:
        log.warning("nothing was withdrawn: %s", error)
        return _refusal(409, UNREADABLE)


def _withdraw(place: Place, source: Source) -> dict[str, int]:
    """What is withdrawn: facts, their episodes, and the rows that are left without any."""
    with open_folder(place.folder) as memories:
        left = memories.forget(source)
    return {"facts": left.facts, "episodes": len(left.episodes), "rows": left.dropped}


def _wish(body: bytes) -> Wish:
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        raise BadRequestError from None
    if not isinstance(given, dict) or not given.keys() <= {"namespace", "user", "episode"}:
        raise BadRequestError
    labels = given.pop("namespace", None)
    if not isinstance(labels, list) or len(labels) != 4 or not all(map(_is_name, labels)):
        raise BadRequestError
    if len(given) != 1 or not all(map(_is_name, given.values())):
        raise BadRequestError
    return Wish(tuple(labels), Source(**given))


def _is_name(given: Any) -> bool:
    return isinstance(given, str) and 0 < len(given) <= LONGEST


def _refusal(status: int, detail: str) -> JSONResponse:
    return JSONResponse({"detail": detail}, status_code=status)
