"""The arms: BiLLP, its ablations and the simpler agents, all on the one graph.

All arms of a comparison have the same sources of candidates with the same ratings, since no chat
model can know a private catalogue: what tools do is thereby apart from what roles and memories do.
Plans differ, and so does what they name or have searched for.
"""

from collections.abc import Mapping
from typing import Any

from nodes import Arm, ToolName

TOOLS: tuple[ToolName, ...] = ("search", "best", "rested", "taste")
SHORTLIST = 3  # candidates of ten, for models that do not weigh the counts of ten lines

ALL_ROLES = ("plans", "reflects", "criticises")


def _arm(name: str, *roles: str, **control: Any) -> Arm:
    """An arm with these roles beside the Actor."""
    plans, reflects, criticises = (role in roles for role in ALL_ROLES)
    return Arm(name, plans, reflects, criticises, TOOLS, **control)


ARMS: Mapping[str, Arm] = {
    arm.name: arm
    for arm in (
        _arm("act-only"),
        _arm("react", "plans"),
        _arm("reflexion", "plans", "reflects"),
        _arm("billp", *ALL_ROLES),
        _arm("billp-no-macro", "plans", "criticises"),
        _arm("billp-no-micro", "plans", "reflects"),
        _arm("billp-shuffled", *ALL_ROLES, verdicts="shuffled"),
        _arm("billp-sham", *ALL_ROLES, trained_in="elsewhere"),
        _arm("billp-fused", *ALL_ROLES, fused=True),
        _arm("billp-shortlist", *ALL_ROLES, shortlist=SHORTLIST),
    )
}
