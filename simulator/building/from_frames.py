"""A world from two data frames: read, built unless it is there already, and loaded."""

import warnings
from pathlib import Path

from simulator.building.build import BuildSettings
from simulator.building.make import make_world_of_log, was_made_of
from simulator.errors import WorldError, WorldWarning
from simulator.folder import read_card
from simulator.load import load_world, named_folder
from simulator.logs.frame_table import DataFrame
from simulator.logs.frames import read_frames
from simulator.place import CARD
from simulator.world import World

CALLER = 3  # frames of the stack from `warnings.warn` up to who called `World.from_frames`


def world_from_frames(
    ratings: DataFrame,
    items: DataFrame | None,
    settings: BuildSettings,
    name: str,
    folder: Path | str | None,
    *,
    replace: bool,
) -> World:
    """See `World.from_frames`; what weakens the world is warned of, also when it was there."""
    if bool(name) == (folder is not None):
        raise WorldError(
            "give the world a name, as in World.from_frames(ratings, items, name='bookshop'), "
            "or a folder of its own, folder='worlds/bookshop'"
        )
    out = named_folder(name) if folder is None else Path(folder).absolute()
    log = read_frames(ratings, items)
    if (out / CARD).is_file() and was_made_of(read_card(out), log, settings):
        card = read_card(out)
    else:
        card = make_world_of_log(log, out, settings, replace_world=replace)
    for warning in card.get("warnings", ()):
        warnings.warn(f"world {out.name!r}: {warning}", WorldWarning, stacklevel=CALLER)
    return load_world(str(out))
