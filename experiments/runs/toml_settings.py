"""A run's settings as the options of the command that gave them."""

from collections.abc import Mapping
from typing import Any

from experiments.errors import RunError
from experiments.runs.presets import MODES
from experiments.runs.settings import RunSettings, StudySize
from experiments.runs.variants import SAMPLED, variants

NOT_GIVEN = "was not given by the command line alone, so no file of options can repeat it"
BASED_ON = ("world", "base_url", "temperature", "structured", "batch", "rules")


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
    if settings.trained:
        return {"episodes": settings.episodes, "evaluate": evaluate}
    models = _models(settings)
    if _is_demo(settings):
        return {
            "model": models[0],
            "base-url": settings.base_url,
            "users": settings.episodes,
            "train-episodes": settings.train_episodes,
            "rounds": settings.max_rounds,
            "seed": settings.seeds[0],
        }
    if settings.seeds != tuple(range(len(settings.seeds))):
        raise RunError(f"seeds {', '.join(map(str, settings.seeds))}: the run {NOT_GIVEN}")
    shared = {name.replace("_", "-"): getattr(settings, name) for name in BASED_ON}
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


def _is_demo(settings: RunSettings) -> bool:
    """Whether `billp demo` gave the settings, and not `compare` with its preset."""
    alone = settings.preset == "demo" and settings.batch == 1 and len(settings.seeds) == 1
    given = (settings.world, settings.temperature, settings.structured, settings.rules)
    return alone and given == ("demo", 0.5, False, "default")


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
