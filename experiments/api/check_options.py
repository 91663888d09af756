"""Refuses what the command line would refuse, by the names of a Python call."""

import math
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from experiments.errors import RunError, nearest
from experiments.runs.presets import MODES, PRESETS
from experiments.runs.settings import SHARED
from models import ROLES, ReplyTokens
from models.reply_length import LARGEST_BOUND
from nodes import Context
from nodes.context import LEAST_CAPACITY, MOST_CAPACITY

COUNTS = (
    *("episodes", "train_episodes", "batch", "rounds", "seeds", "transitions", "updates"),
    *("states", "estimates", "rollouts", "concurrency", "workers", "max_calls"),
    "max_tokens",
)
CHOICES = {
    "preset": PRESETS,
    "evaluate": tuple(MODES),
    "rules": ("default", "paper"),
    "learning": ("default", "paper"),
    "users": ("new", "any"),
    "choose": ("number", "title"),
}
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
        elif name == "memory_capacity":
            _check_whole(name, value, LEAST_CAPACITY, MOST_CAPACITY)
        elif name == "max_money" and not 0 < value < math.inf:
            raise RunError(f"max_money must be an amount above 0, not {value!r}")
        elif name in ("structured", "thinking") and not isinstance(value, bool):
            raise RunError(f"{name} must be True or False, not {value!r}")
        elif name == "reply_tokens":
            _check_reply_tokens(value)
        elif name in CHOICES and value not in CHOICES[name]:
            raise RunError(f"{name} {value!r} is unknown: {nearest(str(value), CHOICES[name])}")
        elif name == "changes":
            _check_changes(value)


def _check_whole(name: str, number: object, least: int, most: int | None = None) -> None:
    if type(number) is not int or number < least or (most is not None and number > most):
        to = "" if most is None else f" to {most}"
        raise RunError(f"{name} must be a whole number from {least}{to}, not {number!r}")


def _check_reply_tokens(given: object) -> None:
    bounds = asdict(given) if isinstance(given, ReplyTokens) else given
    if not isinstance(bounds, Mapping):
        raise RunError(f"reply_tokens must map roles to numbers, as {{'actor': 96}}, not {given!r}")
    for role, tokens in bounds.items():
        if role not in ROLES:
            raise RunError(f"reply_tokens: unknown role {role!r}: {nearest(str(role), ROLES)}")
        _check_whole(f"reply_tokens of {role!r}", tokens, 1)
        if tokens > LARGEST_BOUND:
            raise RunError(f"reply_tokens of {role!r} must be at most {LARGEST_BOUND}: {tokens}")


def _check_changes(changes: Mapping[str, Any]) -> None:
    """Refuses what is no field of a context, or has another place in the call."""
    free = [f.name for f in fields(Context) if f.name not in (*SET_BY_RUN, *NOT_IN_RUNS)]
    for name in changes:
        if name in SET_BY_RUN:
            raise RunError(f"changes cannot set {name!r}: it is an option of the run, or its own")
        if name not in free:
            raise RunError(f"changes cannot set {name!r}: {nearest(name, free)}")
