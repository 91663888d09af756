"""`compare`, `train` and `evaluate` as Python functions: the same runs as the commands make."""

import json
import warnings
from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from rich.console import Console

from experiments.api.check_options import check_options
from experiments.api.play import LeftAtOnceError, PlayOptions, play_in_folder
from experiments.api.result import RunResult
from experiments.api.settings_from_options import (
    comparison_settings,
    default_folder,
    evaluation_settings,
    limits,
    training_settings,
)
from experiments.api.worlds import findable
from experiments.errors import MissingExtraError
from experiments.playing.run import INTERRUPTED
from experiments.playing.runner import play_in_thread
from experiments.runs.presets import Preset
from experiments.runs.settings import RunSettings
from experiments.runs.variants import MethodOrArm
from experiments.terminal import ProgressDisplay
from experiments.trackers.make import DEFAULT
from experiments.trackers.tracker import Tracker
from models import ReplyTokens, Role
from nodes import Arm
from simulator import World

Place = str | Path
Mode = Literal["frozen", "online", "both"]
RulesName = Literal["default", "paper"]
LearningName = Literal["default", "paper"]
UsersName = Literal["new", "any"]


def compare(
    *,
    preset: Preset = "table3",
    arms: Sequence[MethodOrArm] | None = None,
    world: str | Path | World = "demo",
    model: str | Sequence[str] = "offline",
    episodes: int = 100,
    train_episodes: int = 100,
    evaluate: Mode = "frozen",
    base_url: str | None = None,
    temperature: float = 0.5,
    choose: Literal["number", "title"] = "number",
    structured: bool = True,
    thinking: bool | None = None,
    reply_tokens: ReplyTokens | Mapping[Role, int] | None = None,
    batch: int = 10,
    rounds: int = 100,
    seeds: int = 3,
    rules: RulesName = "default",
    learning: LearningName = "default",
    memory_capacity: int | None = None,
    users: UsersName = "new",
    transitions: int = 100_000,
    updates: int = 2_000,
    device: str = "cpu",
    states: int = 10,
    estimates: int = 30,
    rollouts: int = 30,
    changes: Mapping[str, Any] | None = None,
    concurrency: int = 8,
    workers: int | None = None,
    scheduler: str | None = None,
    max_calls: int | None = None,
    max_tokens: int | None = None,
    max_money: float | None = None,
    max_errors: int | None = None,
    cache: Place | None = None,
    prices: Place | None = None,
    report: bool = True,
    out: Place | None = None,
    trackers: Sequence[str | Tracker] = DEFAULT,
    progress: bool = True,
) -> RunResult:
    """Plays methods on a world and compares them; the same call goes on with a run that stopped.

    The options are those of `billp compare`; `changes` are fields of `Context` for all methods.
    """
    options = _checked(locals())
    options.arms = None if arms is None else [_with_tuple(arm) for arm in arms]
    return _played(_changed(comparison_settings(options), changes or {}), options)


def train(
    *,
    arm: str | Arm | Sequence[MethodOrArm] = "billp",
    episodes: int = 100,
    world: str | Path | World = "demo",
    model: str = "offline",
    base_url: str | None = None,
    temperature: float = 0.5,
    choose: Literal["number", "title"] = "number",
    structured: bool = True,
    thinking: bool | None = None,
    reply_tokens: ReplyTokens | Mapping[Role, int] | None = None,
    batch: int = 10,
    rounds: int = 100,
    seeds: int = 3,
    rules: RulesName = "default",
    learning: LearningName = "default",
    memory_capacity: int | None = None,
    users: UsersName = "new",
    changes: Mapping[str, Any] | None = None,
    concurrency: int = 8,
    workers: int | None = None,
    scheduler: str | None = None,
    max_calls: int | None = None,
    max_tokens: int | None = None,
    max_money: float | None = None,
    max_errors: int | None = None,
    cache: Place | None = None,
    prices: Place | None = None,
    report: bool = True,
    out: Place | None = None,
    trackers: Sequence[str | Tracker] = DEFAULT,
    progress: bool = True,
) -> RunResult:
    """Lets methods learn and keeps their memories in the folder of the run; see `compare`."""
    options = _checked(locals())
    arms = [arm] if isinstance(arm, str | Arm) else arm
    options.arm = [_with_tuple(one) for one in arms]
    options.train_episodes, options.episodes = episodes, 0
    return _played(_changed(training_settings(options), changes or {}), options)


def evaluate(
    trained: Place | RunResult,
    *,
    episodes: int = 100,
    evaluate: Mode = "frozen",
    arms: Sequence[MethodOrArm] | None = None,
    model: str | None = None,
    base_url: str | None = None,
    temperature: float | None = None,
    choose: Literal["number", "title"] | None = None,
    structured: bool | None = None,
    thinking: bool | None = None,
    reply_tokens: ReplyTokens | Mapping[Role, int] | None = None,
    rounds: int | None = None,
    seeds: int | None = None,
    concurrency: int = 8,
    workers: int | None = None,
    scheduler: str | None = None,
    max_calls: int | None = None,
    max_tokens: int | None = None,
    max_money: float | None = None,
    max_errors: int | None = None,
    cache: Place | None = None,
    prices: Place | None = None,
    report: bool = True,
    out: Place | None = None,
    trackers: Sequence[str | Tracker] = DEFAULT,
    progress: bool = True,
) -> RunResult:
    """Evaluates what a run has learned: its folder, or the result of `train`; see `compare`.

    What is None is as in that run. An arm that it did not train has the memories of its `billp`.
    """
    options = _checked(locals())
    options.arms = None if arms is None else [_with_tuple(arm) for arm in arms]
    options.trained = trained.folder if isinstance(trained, RunResult) else Path(trained)
    return _played(evaluation_settings(options), options)


def _checked(given: Mapping[str, Any]) -> Namespace:
    """The options of a call, in the form that a command has them."""
    check_options(given)
    options = Namespace(**given)
    if "world" in given:
        options.world = findable(given["world"])
        options.model = [given["model"]] if isinstance(given["model"], str) else given["model"]
    for name in ("cache", "prices", "out"):
        setattr(options, name, None if given[name] is None else Path(given[name]))
    return options


def _with_tuple(arm: MethodOrArm) -> MethodOrArm:
    """An arm that can be compared with others, also if its tools were given as a list."""
    return replace(arm, tools=tuple(arm.tools)) if isinstance(arm, Arm) else arm


def _changed(settings: RunSettings, changes: Mapping[str, Any]) -> RunSettings:
    """Settings whose variants all have these changes, in the form that a run file holds them."""
    plain = json.loads(json.dumps(changes))
    changed = (replace(one, changes={**plain, **one.changes}) for one in settings.variants)
    return replace(settings, variants=tuple(changed))


def _played(settings: RunSettings, options: Namespace) -> RunResult:
    """Plays what is missing; raises what has stopped the run, with its folder as a note."""
    progress = ProgressDisplay(Console(stderr=True, quiet=not options.progress))
    play = PlayOptions(
        concurrency=options.concurrency,
        workers=options.workers,
        scheduler=options.scheduler,
        limits=limits(options),
        prices=options.prices,
        cache=options.cache,
        trackers=options.trackers,
    )
    folder = options.out or default_folder(settings)
    try:
        sitting = play_in_folder(settings, play, lambda: folder, progress, play_in_thread)
    except LeftAtOnceError as left:
        raise KeyboardInterrupt(f"{left}: the same call goes on with it") from None
    if stopped := sitting.stopped:
        kept = f"what was finished is kept in {folder}: the same call goes on with it"
        if str(stopped) == INTERRUPTED:
            raise KeyboardInterrupt(kept)
        stopped.add_note(kept)
        raise stopped
    result = RunResult(sitting.folder, sitting.summary)
    page = None
    if options.report:
        try:
            page = result.report(sitting.episodes)
        except MissingExtraError as missing:
            warnings.warn(f"no page was made: {missing}", stacklevel=3)
    sitting.tracking.finish(sitting.summary, page)
    return result
