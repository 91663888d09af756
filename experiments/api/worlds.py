"""The name under which a run finds its world again."""

from pathlib import Path

from experiments.errors import RunError
from experiments.runs.run_file import world_facts
from simulator import World, WorldError, load_world


def world_name(world: str | Path | World) -> str:
    """A world's name or folder; one at hand must be the one that its name stands for."""
    if not isinstance(world, World):
        return str(world)
    try:
        found = load_world(world.name)
    except WorldError:
        found = None
    if found is None or world_facts(found) != world_facts(world):
        raise RunError(
            f"world {world.name!r} is not the one that is kept under this name: "
            "give the folder in which it is saved, or save it under a new name"
        )
    return world.name
