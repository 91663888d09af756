"""`GET /worlds`: the worlds that sessions can be played in, by the name that settings take."""

import asyncio
from dataclasses import asdict, dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from graph.clients import WORLD_NAME
from simulator import WorldError, load_world, worlds_folder
from simulator.folder import read_card, sha256
from simulator.load import MADE_WORLDS, known_worlds
from simulator.place import CARD

ADDRESS = "/worlds"
MOST_LISTED = 100


@dataclass(frozen=True)
class ListedWorld:
    """A world in brief; `problem` says why one cannot be played in."""

    name: str
    users: int = 0
    items: int = 0
    digest: str = ""
    problem: str = ""


def world_routes() -> list[Route]:
    """The route on which worlds are listed, for every client: their names are no secret."""
    return [Route(ADDRESS, _list, methods=["GET"], include_in_schema=False)]


async def _list(_request: Request) -> JSONResponse:
    found = await asyncio.to_thread(listed_worlds)
    return JSONResponse({"worlds": [asdict(one) for one in found]})


def listed_worlds() -> list[ListedWorld]:
    """The worlds whose names a setting may have."""
    names = [name for name in known_worlds() if WORLD_NAME.fullmatch(name)]
    return [_listed(name) for name in names[:MOST_LISTED]]


def _listed(name: str) -> ListedWorld:
    """From the card alone: the files are compared with it when the world is loaded."""
    if name in MADE_WORLDS:
        world = load_world(name)
        return ListedWorld(name, world.users, len(world.catalogue), world.digest)
    folder = worlds_folder() / name
    try:
        statistics: dict[str, Any] = read_card(folder)["statistics"]
        users, items = int(statistics["users"]), int(statistics["items"])
        return ListedWorld(name, users, items, sha256(folder / CARD)[:12])
    except (WorldError, KeyError, TypeError, ValueError, OSError, RecursionError):
        return ListedWorld(name, problem="its card cannot be read: build it again")
