"""Finds a world by name."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import lru_cache

from simulator.demo import make_demo
from simulator.errors import WorldError
from simulator.world import World

WORLDS: Mapping[str, Callable[[], World]] = {"demo": make_demo}


@lru_cache(maxsize=4)
def load_world(name: str) -> World:
    """The world of this name; all episodes of a process share one."""
    if name in WORLDS:
        return WORLDS[name]()
    close = get_close_matches(name, WORLDS, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"known worlds: {', '.join(WORLDS)}"
    raise WorldError(f"unknown world {name!r}: {hint}")
