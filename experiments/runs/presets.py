"""The paper's tables and figures that a run can reproduce, the demo, and the ways to evaluate."""

from collections.abc import Mapping
from typing import Literal, get_args

Phase = Literal["train", "frozen", "online"]
PHASES: tuple[Phase, ...] = get_args(Phase)

Preset = Literal["table3", "table5", "table6", "figure3", "figure4", "figure5", "demo"]
PRESETS: tuple[Preset, ...] = get_args(Preset)
PRESET_NOTES: Mapping[Preset, str] = {
    "table3": "reference policies, RL baselines and chat-model arms",
    "table5": "billp, and without macro or micro learning",
    "table6": "billp with each of the chat models of --model A,B",
    "figure3": "which popularity groups recommendations come from",
    "figure4": "the Critic's estimates beside what sessions gave",
    "figure5": "windows W from 2 to 8: how soon users tire of alike items",
    "demo": "a random policy and every chat-model arm",
}

MODES: Mapping[str, tuple[Phase, ...]] = {
    "frozen": ("frozen",),
    "online": ("online",),
    "both": ("frozen", "online"),
}
