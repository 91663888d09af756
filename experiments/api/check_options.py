"""Refuses what the command line would refuse, by the names of a Python call."""

import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from experiments.errors import RunError, nearest
from experiments.runs.presets import MODES, PRESETS
from experiments.runs.settings import SHARED
from nodes import Context

COUNTS = (
    *("episodes", "train_episodes", "batch", "rounds", "seeds", "transitions", "updates"),
    *("states", "estimates", "rollouts", "concurrency", "max_calls", "max_tokens"),
)
CHOICES = {"preset": PRESETS, "evaluate": tuple(MODES), "rules": ("default", "paper")}
SET_BY_RUN = (*SHARED, "half", "arm", "model", "seed", "epoch", "memory", "learn")
NOT_IN_RUNS = ("human", "max_days")


def check_options(options: Mapping[str, Any]) -> None:
    """Checks numbers and choices; None is a limit that is not set."""
    for name, value in options.items():
        if value is None:
            continue
        if name in COUNTS:
            _check_whole(name, value, 1)
        elif name == "max_errors":
            _check_whole(name, value, 0)
        elif name == "max_money" and not 0 < value < math.inf:
            raise RunError(f"max_money must be an amount above 0, not {value!r}")
        elif name in CHOICES and value not in CHOICES[name]:
            raise RunError(f"{name} {value!r} is unknown: {nearest(str(value), CHOICES[name])}")
        elif name == "changes":
            _check_changes(value)


def _check_whole(name: str, number: object, least: int) -> None:
    if type(number) is not int or number < least:
        raise RunError(f"{name} must be a whole number from {least}, not {number!r}")


def _check_changes(changes: Mapping[str, Any]) -> None:
    """Refuses what is no field of a context, or has another place in the call."""
    free = [f.name for f in fields(Context) if f.name not in (*SET_BY_RUN, *NOT_IN_RUNS)]
    for name in changes:
        if name in SET_BY_RUN:
            raise RunError(f"changes cannot set {name!r}: it is an option of the run, or its own")
        if name not in free:
            raise RunError(f"changes cannot set {name!r}: {nearest(name, free)}")
