"""The arms: BiLLP, its ablations and the simpler agents, all on the one graph.

Every arm may search the catalogue, since no chat model can know a private one; statistics of
genres and expected ratings belong to the micro level that BiLLP adds (section 4.2 of the paper).
"""

from collections.abc import Mapping

from nodes import Arm, ToolName

SEARCH: tuple[ToolName, ...] = ("search",)
ANALYSIS: tuple[ToolName, ...] = ("categories", "search", "taste")

ARMS: Mapping[str, Arm] = {
    arm.name: arm
    for arm in (
        Arm("act-only", plans=False, reflects=False, criticises=False, tools=SEARCH),
        Arm("react", plans=True, reflects=False, criticises=False, tools=SEARCH),
        Arm("reflexion", plans=True, reflects=True, criticises=False, tools=SEARCH),
        Arm("billp", plans=True, reflects=True, criticises=True, tools=ANALYSIS),
        Arm("billp-no-macro", plans=True, reflects=False, criticises=True, tools=ANALYSIS),
        Arm("billp-no-micro", plans=True, reflects=True, criticises=False, tools=ANALYSIS),
    )
}
