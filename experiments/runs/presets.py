"""The paper's tables and figures that a run can reproduce, the demo, and the ways to evaluate."""

from collections.abc import Mapping
from typing import Literal, get_args

Phase = Literal["train", "frozen", "online"]
PHASES: tuple[Phase, ...] = get_args(Phase)

Preset = Literal["table3", "table5", "table6", "figure3", "figure4", "figure5", "demo"]
PRESETS: tuple[Preset, ...] = get_args(Preset)

MODES: Mapping[str, tuple[Phase, ...]] = {
    "frozen": ("frozen",),
    "online": ("online",),
    "both": ("frozen", "online"),
}
