"""What a server loads before it answers, so that nobody's first session waits for it."""

import asyncio
import logging
import os
import time

from graph.load import EPHEMERAL, load_parts
from nodes import Context
from simulator import WorldError

WARM_UP_VARIABLE = "BILLP_WARM_UP"
ANYTHING = "a text that is no title"

log = logging.getLogger(__name__)


async def warm_up() -> None:
    """Loads the worlds of BILLP_WARM_UP."""
    names = os.environ.get(WARM_UP_VARIABLE, "").split(",")
    for world in filter(None, map(str.strip, names)):
        began = time.perf_counter()
        try:
            await asyncio.to_thread(load_all, world)
        except WorldError as error:
            raise WorldError(f"{WARM_UP_VARIABLE}: {error}") from None
        log.info("world %r is ready, after %.1f s", world, time.perf_counter() - began)


def load_all(world: str) -> None:
    """Loads a world, its catalogue's vectors, the embedding model and Chroma.

    Memories of a name are not opened, since that would lock those that nobody may use here.
    """
    parts = load_parts(Context(world=world, memory=EPHEMERAL))
    parts.catalogue_search.search(ANYTHING, ())
    parts.grounder.ground(ANYTHING, ())
    parts.memories.nearest("reflections", ANYTHING, 1)
