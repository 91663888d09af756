"""A run's settings as the options of the command that gave them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from experiments.errors import RunError
from experiments.runs.presets import MODES
from experiments.runs.settings import REPLIES, RunSettings, StudySize
from experiments.runs.variants import SAMPLED, variants

NOT_GIVEN = "was not given by the command line alone, so no file of options can repeat it"
BASED_ON = (
    "world",
    "base_url",
    "temperature",
    *REPLIES,
    "batch",
    "rules",
    "learning",
    "memory_capacity",
    "users",
)
EVALUATED_AS = ("base_url", "temperature", *REPLIES)
IN_A_DEMO = ("base_url", *REPLIES)
OPTIONS_OF_A_DEMO = (*IN_A_DEMO, "seeds", "episodes", "train_episodes", "max_rounds")


def command_of(settings: RunSettings) -> str:
    """The command that a run's settings belong to."""
    if settings.trained:
        return f"evaluate {settings.trained}"
    if _is_demo(settings):
        return "demo"
    return "train" if settings.preset == "train" else "compare"


def options_of(settings: RunSettings) -> Mapping[str, Any]:
    """The options that give these settings again, by name; None is the default."""
    evaluate = next((name for name, phases in MODES.items() if phases == settings.evaluate), None)
    models = _models(settings)
    if settings.trained:
        return {
            **_evaluated_arms(settings),
            "seeds": len(settings.seeds),
            "rounds": settings.max_rounds,
            "episodes": settings.episodes,
            "evaluate": evaluate,
        }
    if _is_demo(settings):
        return {
            "model": models[0],
            **_named(settings, IN_A_DEMO),
            "users": settings.episodes,
            "train-episodes": settings.train_episodes,
            "rounds": settings.max_rounds,
            "seed": settings.seeds[0],
        }
    if settings.seeds != tuple(range(len(settings.seeds))):
        raise RunError(f"seeds {', '.join(map(str, settings.seeds))}: the run {NOT_GIVEN}")
    shared = _named(settings, BASED_ON)
    sizes = {"seeds": len(settings.seeds), "rounds": settings.max_rounds, "model": list(models)}
    if settings.preset == "train":
        return {"arm": _arms(settings), "episodes": settings.train_episodes, **shared, **sizes}
    study = settings.critic or StudySize()
    return {
        "preset": settings.preset,
        "arms": _arms(settings),
        "episodes": settings.episodes,
        "train-episodes": settings.train_episodes,
        "evaluate": evaluate,
        **shared,
        **sizes,
        "transitions": settings.rl.transitions,
        "updates": settings.rl.updates,
        "device": settings.rl.device,
        "states": study.states,
        "estimates": study.estimates,
        "rollouts": study.rollouts,
    }


def _evaluated_arms(settings: RunSettings) -> Mapping[str, Any]:
    """The arms of an evaluation and their model; those that options cannot name were not chosen."""
    names = [one.name for one in settings.variants]
    if names != [one.method for one in settings.variants]:
        return {}
    return {"arms": names, "model": _models(settings)[0], **_named(settings, EVALUATED_AS)}


def _is_demo(settings: RunSettings) -> bool:
    """Whether `billp demo` gave the settings, and not `compare` with its preset."""
    if settings.preset != "demo" or len(settings.seeds) != 1:
        return False
    made = tuple(variants("demo", None, _models(settings)[:1]))
    usual = RunSettings(preset="demo", world="demo", variants=made, batch=1)
    given = {name: getattr(settings, name) for name in OPTIONS_OF_A_DEMO}
    return replace(usual, **given) == settings


def _named(settings: RunSettings, names: tuple[str, ...]) -> dict[str, Any]:
    """Settings whose options have the same names, as a file holds them."""
    values = {name.replace("_", "-"): getattr(settings, name) for name in names}
    return {**values, "reply-tokens": str(settings.reply_tokens)}


def _models(settings: RunSettings) -> tuple[str, ...]:
    named = dict.fromkeys(one.model for one in settings.variants if one.model)
    return tuple(named) or ("offline",)


def _arms(settings: RunSettings) -> list[str]:
    """The methods of the run; refused where the command line would make others of them."""
    methods = (one.method + SAMPLED * one.sampled for one in settings.variants)
    arms = list(dict.fromkeys(methods))
    preset: Any = "table3" if settings.preset == "train" else settings.preset
    if tuple(variants(preset, arms, _models(settings))) != settings.variants:
        raise RunError(f"its arms: the run {NOT_GIVEN}")
    return arms
