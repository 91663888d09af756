"""Which memories there are in this project's home, whose they are, and their namespaces."""

from dataclasses import dataclass
from pathlib import Path

from graph.clients import LOCAL, NAME
from home_folder import home
from stores import memory_folders

Namespace = tuple[str, ...]
DEPTH = 3  # folders below the home's `memory`: world, memory, arm


@dataclass(frozen=True)
class Place:
    """A memory folder; its namespace is that of its rows without their kind."""

    folder: Path
    owner: str
    world: str
    memory: str
    arm: str

    @property
    def namespace(self) -> Namespace:
        """Owner, world, memory and arm as labels, in which a store allows no dot."""
        return self.owner, *(_label(name) for name in (self.world, self.memory, self.arm))


def places(owner: str | None = None) -> list[Place]:
    """The memories of a client, or all of them."""
    top = home() / "memory"
    found = (_place(folder, top) for folder in memory_folders(top))
    of_owner = (place for place in found if place and owner in (None, place.owner))
    return sorted(of_owner, key=lambda place: place.namespace)


def place_of(namespace: Namespace) -> Place | None:
    """The memory of a namespace, found among those that there are."""
    return next((place for place in places() if place.namespace == namespace), None)


def _place(folder: Path, top: Path) -> Place | None:
    parts = folder.relative_to(top).parts
    if len(parts) != DEPTH:
        return None
    world, name, arm = parts
    client, _, own = name.partition(".")
    if own and client != LOCAL and NAME.fullmatch(client):
        return Place(folder, client, world, own, arm)
    return Place(folder, LOCAL, world, name, arm)  # made without a token


def _label(name: str) -> str:
    return name.replace("%", "%25").replace(".", "%2E")
