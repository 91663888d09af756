"""The arms: BiLLP, its ablations and the simpler agents, all on the one graph.

All arms of a comparison are offered the same candidates with the same ratings, since no chat model
can know a private catalogue: what tools do is thereby apart from what roles and memories do.
"""

from collections.abc import Mapping
from typing import Literal

from nodes import Arm, ToolName

TOOLS: tuple[ToolName, ...] = ("search", "best", "rested", "taste")


def _arm(name: str, roles: str, verdicts: Literal["own", "shuffled"] = "own") -> Arm:
    """An arm with these roles beside the Actor."""
    return Arm(name, "plans" in roles, "reflects" in roles, "criticises" in roles, TOOLS, verdicts)


ARMS: Mapping[str, Arm] = {
    arm.name: arm
    for arm in (
        _arm("act-only", ""),
        _arm("react", "plans"),
        _arm("reflexion", "plans, reflects"),
        _arm("billp", "plans, reflects, criticises"),
        _arm("billp-no-macro", "plans, criticises"),
        _arm("billp-no-micro", "plans, reflects"),
        _arm("billp-shuffled", "plans, reflects, criticises", "shuffled"),
    )
}
