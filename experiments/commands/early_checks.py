"""What the options alone show to be wrong; refused before anything heavy is loaded."""

import argparse
import json
import os
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from experiments.arguments.known_names import CARD, DEMO
from experiments.errors import RunError
from experiments.runs.methods import ARM_NOTES, JUDGING_ARMS, LEARNING_ARMS
from experiments.runs.places import RUN
from experiments.runs.refusals import (
    refuse_idle,
    refuse_too_few_users,
    refuse_untrained,
    refuse_without_critic,
    unpriced,
)
from home_folder import home

DEMO_USERS = 300
PRICES = Path(__file__).parents[2] / "models" / "prices.toml"
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
        refuse_without_critic()
    learns = options.arms is None or set(options.arms) & set(LEARNING_ARMS)
    evaluated = max(options.episodes, options.states * (options.preset == "figure4"))
    check_users(options.world, evaluated, _new_users(options) if learns else 0)
    chats = options.arms is None or any(arm in ARM_NOTES for arm in options.arms)
    if keys and chats:
        _check_models(options, models)


def check_training(options: argparse.Namespace) -> None:
    """Refuses what `train` cannot play."""
    refuse_idle([arm for arm in options.arm if arm not in LEARNING_ARMS])
    if len(set(options.model)) > 1:
        raise RunError("a training takes one --model")
    check_users(options.world, 0, _new_users(options))
    _check_models(options, options.model)


def _new_users(options: argparse.Namespace) -> int:
    """How many users the training meets who must not be evaluated."""
    return int(options.train_episodes) if options.users == "new" else 0


def _check_models(options: argparse.Namespace, models: Sequence[str]) -> None:
    """Refuses models whose key is missing, or whose price under a limit on money."""
    check_keys(models, options.base_url)
    _check_price(options, models)


def check_keys(models: Sequence[str], base_url: str | None) -> None:
    """Refuses a model of OpenAI's where the environment holds no key."""
    if _server(base_url) or os.environ.get("OPENAI_API_KEY"):
        return
    for name in models:
        if name.startswith("openai:"):
            raise RunError(
                f"model {name!r} needs a key: set OPENAI_API_KEY in the environment or in .env, "
                "name a local server's --base-url, or use model 'offline'"
            )


def _server(base_url: str | None) -> str | None:
    """The address that is asked in place of OpenAI's own."""
    return base_url or next(filter(None, map(os.environ.get, SERVER_VARIABLES)), None)


def _check_price(options: argparse.Namespace, models: Sequence[str]) -> None:
    """Refuses a limit on money where no table holds the price of one of OpenAI's models."""
    if options.max_money is None or _server(options.base_url):
        return
    users = options.prices or os.environ.get("BILLP_PRICES") or home() / "prices.toml"
    known = {name for table in (PRICES, Path(users)) for name in _names_in(table)}
    openais = [name for name in models if name.startswith("openai:")]
    if unknown := [name for name in openais if name not in known]:
        raise RunError(unpriced(options.max_money, unknown[0]))


def _names_in(table: Path) -> set[str]:
    """The models of a price table; one that cannot be read is left to its loader."""
    with suppress(OSError, ValueError):
        return {name.rstrip("/") for name in tomllib.loads(table.read_text(encoding="utf-8"))}
    return set()


def check_evaluation(options: argparse.Namespace) -> None:
    """Refuses what `evaluate` cannot play."""
    _check_trained(options.trained)
    if options.model:
        _check_models(options, [options.model])


def _check_trained(folder: Path) -> None:
    """Refuses to evaluate a run that trained nothing; a damaged one is left to its loader."""
    try:
        settings: Any = json.loads((folder / RUN).read_bytes())["settings"]
        trained = settings["trained"]
        learns = any(map(_learns, settings["variants"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return
    refuse_untrained(folder, trained, learns=learns)


def _learns(variant: Mapping[str, Any]) -> bool:
    own = variant["own"] or {}
    return variant["method"] in LEARNING_ARMS or any(map(own.get, ("reflects", "criticises")))


def check_users(world: str, episodes: int, learning: int, *, choice: bool = True) -> None:
    """Refuses more episodes than the world has users; a damaged world is left to its loader.

    `learning` counts the users who may not be evaluated; with `choice` an option lets them be.
    """
    users = _users_of(world)
    if users is None:
        return
    if episodes > users:
        raise RunError(
            f"world {world!r} has {users} users: evaluate at most as many episodes, not {episodes}"
        )
    refuse_too_few_users(world, users, learning=learning, evaluated=episodes, choice=choice)


def _users_of(world: str) -> int | None:
    if world == DEMO:
        return DEMO_USERS
    with suppress(OSError, ValueError, KeyError, TypeError):
        places = (home() / "worlds" / world / CARD, Path(world) / CARD)
        card: Any = json.loads(next(place for place in places if place.is_file()).read_bytes())
        return int(card["statistics"]["users"])
    return None
