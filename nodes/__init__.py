"""The nodes: what each role of an episode does, given its state and the live parts."""

from nodes.actor import act
from nodes.arrive import arrive
from nodes.catalogue.grounding import Grounder
from nodes.catalogue.likeness import Likeness
from nodes.catalogue.search import CatalogueSearch
from nodes.catalogue.taste import Taste
from nodes.context import ArmName, Context, ToolName
from nodes.critic import criticise, is_to_judge
from nodes.learning import lessons, remember
from nodes.parts import Arm, Parts
from nodes.planner import plan
from nodes.planner_and_critic import plan_and_criticise
from nodes.reflector import reflect
from nodes.simulator import ending, respond
from nodes.state import (
    EpisodeInput,
    EpisodeState,
    Principle,
    Recall,
    ReflectionFields,
    Step,
    Usage,
    Verdict,
    apply_update,
)
from nodes.tools import Tool, register_tool
