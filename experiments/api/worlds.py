"""The name or folder by which a run finds its world again."""

from pathlib import Path

from experiments.errors import RunError
from experiments.runs.run_file import world_facts
from simulator import World, load_world
from simulator.load import known_as


def findable(world: str | Path | World) -> str:
    """A world's name or folder; one at hand must be the one that is kept there."""
    if not isinstance(world, World):
        return str(world)
    place = known_as(world)
    if world_facts(load_world(place)) != world_facts(world):
        raise RunError(
            f"world {world.name!r} is not the one that is kept as {place!r}: "
            "save it under a name of its own"
        )
    return place
