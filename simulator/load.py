"""Finds a world by name or folder; all episodes of a process share one."""

import os
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path

from simulator.demo import make_demo
from simulator.errors import WorldError
from simulator.world import World

WORLDS: Mapping[str, Callable[[], World]] = {"demo": make_demo}
HOME_VARIABLE = "BILLP_HOME"


def home() -> Path:
    """Where this project keeps what it writes."""
    return Path(os.environ.get(HOME_VARIABLE) or ".billp").absolute()


def worlds_folder() -> Path:
    """Where worlds are kept that are asked for by name."""
    return home() / "worlds"


def load_world(name: str, *, folders: bool = True) -> World:
    """The world of this name, or in this folder where any folder may be read."""
    if name in WORLDS:
        return _made(name)
    for folder in (worlds_folder() / name, *([Path(name)] if folders else [])):
        card = folder / "world.json"
        if card.is_file():
            return _saved(folder.resolve(), card.stat().st_mtime_ns)
    known = sorted({*WORLDS, *(card.parent.name for card in worlds_folder().glob("*/world.json"))})
    close = get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"known worlds: {', '.join(known)}"
    raise WorldError(f"unknown world {name!r}: {hint} (`billp world build` makes one from a log)")


@lru_cache(maxsize=4)
def _made(name: str) -> World:
    return WORLDS[name]()


@lru_cache(maxsize=4)
def _saved(folder: Path, _changed: int) -> World:
    from simulator.folder import load_world_folder

    return load_world_folder(folder)[0]
