"""The live objects that nodes work with; they are never part of state or context."""

from dataclasses import dataclass

from models import ChatCall
from nodes.catalogue.grounding import Grounder
from nodes.catalogue.search import CatalogueSearch
from simulator import Half, QuitRule, World
from stores import Embedder, Memories


@dataclass(frozen=True)
class Arm:
    """A method as data: which roles take part, and which tools the Actor has."""

    name: str
    plans: bool
    reflects: bool
    criticises: bool
    tools: tuple[str, ...]


@dataclass(frozen=True)
class Parts:
    """The live objects of an episode: chat models, memories, world, catalogue search."""

    arm: Arm
    world: World
    half: Half
    rule: QuitRule
    embedder: Embedder
    catalogue_search: CatalogueSearch
    grounder: Grounder
    memories: Memories
    chat: ChatCall
