"""The live parts that nodes work with; never in state or context."""

from dataclasses import dataclass

from models import ChatCall
from nodes.catalogue.grounding import Grounder
from nodes.catalogue.search import Shelf
from nodes.context import ArmName, ToolName
from simulator import Half, QuitRule, World
from stores import Embedder, Memories


@dataclass(frozen=True)
class Arm:
    """A method as data: which roles speak, and which memories they use."""

    name: ArmName
    plans: bool
    reflects: bool
    criticises: bool
    tools: tuple[ToolName, ...]


@dataclass(frozen=True)
class Parts:
    """Everything an episode needs that does not belong in a checkpoint."""

    arm: Arm
    world: World
    half: Half
    rule: QuitRule
    embedder: Embedder
    shelf: Shelf
    grounder: Grounder
    memories: Memories
    chat: ChatCall
