"""The demo world with users who never leave, so that every episode has the same length."""

from collections.abc import Callable
from dataclasses import replace

from graph.load import load_parts
from nodes import Context, Parts
from simulator import QuitRule

PATIENT = QuitRule(beta=0.0, min_reward=0.0, no_repeats=False)


def patient_load() -> Callable[[Context], Parts]:
    """Parts on the demo world whose users stay to the cap; memories vanish with the process."""
    return lambda context: replace(load_parts(context), rule=PATIENT)
