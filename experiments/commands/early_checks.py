"""What the options alone show to be wrong; refused before anything heavy is loaded."""

import argparse
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from experiments.arguments.known_names import CARD, DEMO
from experiments.errors import RunError
from experiments.runs.methods import ARM_NOTES, JUDGING_ARMS, LEARNING_ARMS
from experiments.runs.places import home

DEMO_USERS = 300
SERVER_VARIABLES = ("OPENAI_BASE_URL", "OPENAI_API_BASE")


def check_comparison(options: argparse.Namespace, *, keys: bool = True) -> None:
    """Refuses what `compare` cannot play; `estimate` needs no keys."""
    models = list(dict.fromkeys(options.model))
    if options.preset != "table6" and len(models) > 1:
        raise RunError(
            f"preset {options.preset!r} takes one --model; 'table6' compares several: "
            f"{', '.join(models)}"
        )
    arms = options.arms or JUDGING_ARMS
    if options.preset == "figure4" and not set(arms) & set(JUDGING_ARMS):
        raise RunError("preset 'figure4' studies a Critic: name an arm that has one, like 'billp'")
    check_users(options.world, options.episodes)
    chats = options.arms is None or any(arm in ARM_NOTES for arm in options.arms)
    if keys and chats:
        check_keys(models, options.base_url)


def check_training(options: argparse.Namespace) -> None:
    """Refuses what `train` cannot play."""
    idle = [arm for arm in options.arm if arm not in LEARNING_ARMS]
    if idle:
        raise RunError(f"{', '.join(idle)} learns nothing: evaluate it with `billp compare`")
    if len(set(options.model)) > 1:
        raise RunError("a training takes one --model")
    check_keys(options.model, options.base_url)


def check_keys(models: Sequence[str], base_url: str | None) -> None:
    """Refuses a model of OpenAI's where the environment holds no key."""
    address = base_url or next(filter(None, map(os.environ.get, SERVER_VARIABLES)), None)
    for name in models:
        if name.startswith("openai:") and not address and not os.environ.get("OPENAI_API_KEY"):
            raise RunError(
                f"model {name!r} needs a key: set OPENAI_API_KEY in the environment or in .env, "
                "name a local server's --base-url, or use model 'offline'"
            )


def check_users(world: str, episodes: int) -> None:
    """Refuses more episodes than the world has users; a damaged world is left to its loader."""
    users = _users_of(world)
    if users is not None and episodes > users:
        raise RunError(
            f"world {world!r} has {users} users: evaluate at most as many episodes, not {episodes}"
        )


def _users_of(world: str) -> int | None:
    if world == DEMO:
        return DEMO_USERS
    with suppress(OSError, ValueError, KeyError, TypeError):
        places = (home() / "worlds" / world / CARD, Path(world) / CARD)
        card: Any = json.loads(next(place for place in places if place.is_file()).read_bytes())
        return int(card["statistics"]["users"])
    return None
