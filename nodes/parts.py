"""The live objects that nodes work with; they are never part of state or context."""

from dataclasses import dataclass
from typing import Literal

from models import ChatCall
from nodes.catalogue.grounding import Grounder
from nodes.catalogue.likeness import Likeness
from nodes.catalogue.search import CatalogueSearch
from nodes.catalogue.taste import Taste
from simulator import Half, QuitRule, World
from stores import Embedder, Memories


@dataclass(frozen=True)
class Arm:
    """A method as data: which roles take part, and which tools the Actor has.

    In one that is `fused`, the Planner and the Critic answer in one call. With a `shortlist` the
    Actor is offered so many candidates, those after which most users stayed. Two are controls: with
    `shuffled` verdicts each round is remembered with the outcome of another, and one that is
    `trained_in` another world brings what it learned there.
    """

    name: str
    plans: bool
    reflects: bool
    criticises: bool
    tools: tuple[str, ...]
    verdicts: Literal["own", "shuffled"] = "own"
    trained_in: str | None = None
    fused: bool = False
    shortlist: int | None = None


@dataclass(frozen=True)
class Parts:
    """The live objects of an episode: chat models, memories, world, catalogue search."""

    arm: Arm
    world: World
    half: Half
    rule: QuitRule
    embedder: Embedder
    catalogue_search: CatalogueSearch
    likeness: Likeness
    taste: Taste
    grounder: Grounder
    memories: Memories
    chat: ChatCall
