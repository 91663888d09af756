"""Loads worlds by name or folder, cached per process."""

import re
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from pathlib import Path

from home_folder import home
from simulator.demo import make_demo, make_elsewhere
from simulator.errors import WorldError, name_hint, nearest_first
from simulator.place import CARD, recover
from simulator.world import World

MADE_WORLDS: Mapping[str, Callable[[], World]] = {
    "demo": cache(make_demo),
    "elsewhere": cache(make_elsewhere),
}
CONTROL = "elsewhere"  # is listed nowhere
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def worlds_folder() -> Path:
    """The folder of worlds that are loaded by name."""
    return home() / "worlds"


def named_folder(name: str) -> Path:
    """The folder for a world of one's own of this name."""
    if name in MADE_WORLDS:
        raise WorldError(f"{name!r} is a world made by code: give yours another name")
    if not NAME.fullmatch(name):
        raise WorldError(
            f"a world cannot be called {name!r}: use letters, digits, '.', '_' and '-', "
            "as in 'bookshop'"
        )
    return worlds_folder() / name


def load_world(name: str, *, folders: bool = True) -> World:
    """The world of this name, or in this folder if `folders` allows any path."""
    if name in MADE_WORLDS:
        return MADE_WORLDS[name]()
    if folder := world_folder(name, folders=folders):
        return _saved(folder.resolve(), (folder / CARD).stat().st_mtime_ns)
    raise unknown_world(name)


def world_folder(name: str, *, folders: bool = True) -> Path | None:
    """The folder of a world given by name, or by path if `folders` allows it."""
    places = [worlds_folder() / name, *([Path(name)] if folders else [])]
    for place in places:
        recover(place)
    return next((place for place in places if (place / CARD).is_file()), None)


def known_worlds() -> list[str]:
    """The names of the worlds that can be loaded by name, without the one that is a control."""
    return sorted(
        {
            *MADE_WORLDS.keys() - {CONTROL},
            *(
                card.parent.name
                for card in worlds_folder().glob(f"*/{CARD}")
                if not card.parent.name.startswith(".")  # left by a kill
            ),
        }
    )


def unknown_world(name: str) -> WorldError:
    """The error for a name that no world has; it lists those that there are."""
    known = nearest_first(name, known_worlds())
    near = name_hint(name, known, "worlds")
    listed = f"{near} Known worlds: {', '.join(known)}" if near.endswith("?") else near
    return WorldError(
        f"unknown world {name!r}: {listed} (`billp world build` makes one from a log)"
    )


def known_as(world: World) -> str:
    """What `load_world` and `Context(world=...)` find this world by: its name, or its folder."""
    if world.folder is None:
        if world.name in MADE_WORLDS:
            return world.name
        raise WorldError(f"world {world.name!r} is in no folder: `World.from_frames` writes one")
    named = world.folder.parent == worlds_folder().resolve()
    return world.folder.name if named else str(world.folder)


@lru_cache(maxsize=4)
def _saved(folder: Path, _changed: int) -> World:
    from simulator.folder import load_world_folder

    return load_world_folder(folder)[0]
