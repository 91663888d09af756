"""The nodes: what each role of an episode does, given its state and the live parts."""

from nodes.actor import act
from nodes.arrive import arrive
from nodes.catalogue.grounding import Grounder
from nodes.catalogue.search import Shelf
from nodes.context import ArmName, Context, ToolName
from nodes.critic import criticise
from nodes.learning import lessons
from nodes.parts import Arm, Parts
from nodes.planner import plan
from nodes.reflector import reflect
from nodes.remember import remember
from nodes.simulator import ending, receive
from nodes.state import (
    Ending,
    EpisodeInput,
    EpisodeState,
    Principle,
    Recall,
    Step,
    Usage,
    Verdict,
    updated,
)

__all__ = [
    "Arm",
    "ArmName",
    "Context",
    "Ending",
    "EpisodeInput",
    "EpisodeState",
    "Grounder",
    "Parts",
    "Principle",
    "Recall",
    "Shelf",
    "Step",
    "ToolName",
    "Usage",
    "Verdict",
    "act",
    "arrive",
    "criticise",
    "ending",
    "lessons",
    "plan",
    "receive",
    "reflect",
    "remember",
    "updated",
]
