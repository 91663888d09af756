"""Loads worlds by name or folder, cached per process."""

import os
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from pathlib import Path

from simulator.demo import make_demo
from simulator.errors import WorldError, name_hint
from simulator.world import World

WORLDS: Mapping[str, Callable[[], World]] = {"demo": cache(make_demo)}
HOME_VARIABLE = "BILLP_HOME"
CARD = "world.json"


def home() -> Path:
    """The folder for everything that this project writes."""
    return Path(os.environ.get(HOME_VARIABLE) or ".billp").absolute()


def worlds_folder() -> Path:
    """The folder of worlds that are loaded by name."""
    return home() / "worlds"


def load_world(name: str, *, folders: bool = True) -> World:
    """The world of this name, or in this folder if `folders` allows any path."""
    if name in WORLDS:
        return WORLDS[name]()
    if folder := world_folder(name, folders=folders):
        return _saved(folder.resolve(), (folder / CARD).stat().st_mtime_ns)
    known = sorted({*WORLDS, *(card.parent.name for card in worlds_folder().glob(f"*/{CARD}"))})
    hint = name_hint(name, known, "worlds")
    raise WorldError(f"unknown world {name!r}: {hint} (`billp world build` makes one from a log)")


def world_folder(name: str, *, folders: bool = True) -> Path | None:
    """The folder of a world given by name, or by path if `folders` allows it."""
    places = [worlds_folder() / name, *([Path(name)] if folders else [])]
    return next((place for place in places if (place / CARD).is_file()), None)


@lru_cache(maxsize=4)
def _saved(folder: Path, _changed: int) -> World:
    from simulator.folder import load_world_folder

    return load_world_folder(folder)[0]
