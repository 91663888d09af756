"""The settings that a command's options come to."""

import argparse
import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from experiments.errors import RunError
from experiments.runs.evaluated import evaluated_variants
from experiments.runs.presets import MODES, Phase
from experiments.runs.refusals import refuse_idle, refuse_untrained, refuse_without_critic
from experiments.runs.run_file import read_run
from experiments.runs.settings import Budget, RunSettings, StudySize
from experiments.runs.variants import Variant, variants
from home_folder import home
from models import Limits, ReplyTokens
from models.server import refuse_secrets
from simulator.text import plural


def limits(options: argparse.Namespace) -> Limits:
    """The limits that end a run early."""
    return Limits(options.max_calls, options.max_tokens, options.max_money, options.max_errors)


def comparison_settings(options: argparse.Namespace) -> RunSettings:
    """The settings of a comparison."""
    made = variants(options.preset, options.arms, options.model)
    settings = _run_settings(options, options.preset, tuple(made), MODES[options.evaluate])
    if options.preset != "figure4":
        return settings
    if not any(one.judges for one in made):
        refuse_without_critic()
    return replace(settings, critic=StudySize(options.states, options.estimates, options.rollouts))


def training_settings(options: argparse.Namespace) -> RunSettings:
    """The settings of a training alone."""
    made = tuple(variants("table3", options.arm, options.model))
    refuse_idle([one.name for one in made if not one.learns])
    return _run_settings(options, "train", made, ())


def _run_settings(
    options: argparse.Namespace, preset: str, made: tuple[Variant, ...], phases: tuple[Phase, ...]
) -> RunSettings:
    refuse_secrets(options.base_url or "")
    budget = Budget()
    if "transitions" in options:  # a training alone has no options for baselines
        budget = Budget(options.transitions, options.updates, device=options.device)
    return RunSettings(
        preset=preset,
        world=options.world,
        variants=made,
        base_url=options.base_url,
        temperature=options.temperature,
        **_replies(options),
        seeds=tuple(range(options.seeds)),
        episodes=options.episodes,
        train_episodes=options.train_episodes,
        batch=options.batch,
        max_rounds=options.rounds,
        evaluate=phases,
        rules=options.rules,
        learning=options.learning,
        memory_capacity=options.memory_capacity,
        users=options.users,
        rl=budget,
    )


def evaluation_settings(options: argparse.Namespace) -> RunSettings:
    """The settings of the run that trained, with what is given in their place."""
    folder, before = options.trained, read_run(options.trained).settings
    learns = any(one.learns for one in before.variants)
    refuse_untrained(folder, before.trained, learns=learns)
    refuse_secrets(options.base_url or "")
    seeds = options.seeds or len(before.seeds)
    if seeds > len(before.seeds):
        raise RunError(f"{folder} has trained {plural(len(before.seeds), 'seed')}, not {seeds}")
    return replace(
        before,
        **_given_replies(options),
        preset="evaluate",
        variants=evaluated_variants(folder, before, options.arms, options.model),
        base_url=options.base_url or (None if options.model else before.base_url),
        seeds=before.seeds[:seeds],
        max_rounds=options.rounds or before.max_rounds,
        episodes=options.episodes,
        evaluate=MODES[options.evaluate],
        trained=str(folder.resolve()),
        critic=None,
        rl=Budget(),
    )


def demo_settings(options: argparse.Namespace) -> RunSettings:
    """The settings of a demo: one seed, and a commit after every training episode."""
    return RunSettings(
        preset="demo",
        world="demo",
        variants=tuple(variants("demo", None, [options.model])),
        base_url=options.base_url,
        **_replies(options),
        seeds=(options.seed,),
        episodes=options.users,
        train_episodes=options.train_episodes,
        batch=1,
        max_rounds=options.rounds,
    )


def _replies(options: argparse.Namespace) -> Mapping[str, Any]:
    """How replies are asked for; roles whose bound was not given have the usual one."""
    bounds = options.reply_tokens
    if not isinstance(bounds, ReplyTokens):
        bounds = ReplyTokens(**(bounds or {}))
    return {
        "choose": options.choose,
        "structured": options.structured,
        "thinking": options.thinking,
        "reply_tokens": bounds,
    }


def _given_replies(options: argparse.Namespace) -> Mapping[str, Any]:
    """The ones of these, and the temperature, that an evaluation was given."""
    given = {**_replies(options), "temperature": options.temperature}
    return {name: value for name, value in given.items() if getattr(options, name) is not None}


def default_folder(settings: RunSettings) -> Path:
    """Where a run is kept unless `--out` says otherwise: equal settings have the same folder."""
    facts = asdict(settings)
    if settings.memory_capacity is None:  # later settings: earlier runs keep their folders
        del facts["memory_capacity"]
    for one in facts["variants"]:
        if one["memory_of"] is None:
            del one["memory_of"]
    checksum = zlib.crc32(json.dumps(facts, sort_keys=True).encode())
    world = Path(settings.world).name
    return home() / "runs" / f"{settings.preset}-{world}-{checksum:08x}"
