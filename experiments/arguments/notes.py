"""Lists of presets and methods for the help of commands, a line each."""

from collections.abc import Mapping
from typing import Any

from experiments.runs.methods import ARM_NOTES, BASELINE_NOTES, OFFERED_NOTES, POLICY_NOTES, SAMPLED
from experiments.runs.presets import PRESET_NOTES


def preset_notes() -> str:
    """A line for each preset, with a title."""
    return _listed("presets", PRESET_NOTES)


def arm_notes() -> str:
    """A line for each method that chat models play, with a title."""
    return _listed("arms, played by chat models", ARM_NOTES)


def method_notes() -> str:
    """A line for each method, with a title."""
    policies = _listed("reference policies", {**POLICY_NOTES, **OFFERED_NOTES})
    baselines = _listed(f"RL baselines; NAME{SAMPLED} draws items by its scores", BASELINE_NOTES)
    return "\n\n".join((arm_notes(), policies, baselines))


def _listed(title: str, notes: Mapping[Any, str]) -> str:
    return "\n".join([f"{title}:", *(f"  {name:<15} {note}" for name, note in notes.items())])
