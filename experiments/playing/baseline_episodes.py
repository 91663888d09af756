"""Trains a baseline on the training half, and plays it on the users of the evaluation."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path

from baselines import BaselineError, Trained, find_method, train
from baselines.learner import MethodSettings, OfflineSettings, OnlineSettings
from baselines.train import seeded
from experiments.errors import RunError
from experiments.playing.policy_episodes import episode_records, evaluation_users
from experiments.runs.files import write_json
from experiments.runs.presets import Phase
from experiments.runs.records import Record
from experiments.runs.settings import Budget, RunSettings
from experiments.runs.training_curve import TRAINING_FILE, TrainingCurve
from experiments.runs.variants import Variant
from graph.load import rule
from simulator import World
from simulator.batch_play import play_sessions


def play_baseline(
    settings: RunSettings,
    variant: Variant,
    seed: int,
    phase: Phase,
    world: World,
    folder: Path,
    on_progress: Callable[[float], None],
) -> list[Record]:
    """Trains, from the last evaluation where it was stopped, and returns a record an episode."""
    context = settings.context(variant, seed, phase)
    ruled = replace(world, rule=rule(context, world))
    chosen = limited_settings(settings.rl, variant.method, context.max_rounds)

    def progress(done: int, whole: int, _: Mapping[str, float]) -> None:
        on_progress(done / whole)

    try:
        trained = train(
            variant.method,
            ruled,
            seed,
            chosen,
            checkpoint=folder / "agent.safetensors",
            device=settings.rl.device,
            progress=progress,
        )
    except BaselineError as error:
        raise RunError(str(error)) from error
    write_json(folder / TRAINING_FILE, asdict(training_curve(trained, chosen)))
    users = evaluation_users(settings, seed, world)
    agent = trained.agent(sampled=variant.sampled, seed=seed)
    with seeded(seed):
        plays = play_sessions(ruled, agent, users, context.half, None, context.max_rounds)
    return episode_records(plays, users, variant, seed, phase, world)


def limited_settings(budget: Budget, method: str, max_rounds: int) -> MethodSettings:
    """A method's settings within the run's budget."""
    default = find_method(method).settings(max_rounds=max_rounds)
    if isinstance(default, OnlineSettings):
        return replace(default, transitions=budget.transitions)
    if isinstance(default, OfflineSettings):
        return replace(default, updates=budget.updates, batch=budget.batch)
    return default


def training_curve(trained: Trained, settings: MethodSettings) -> TrainingCurve:
    """The training's budget and data, and the session lengths at its evaluations."""
    return TrainingCurve(
        data=trained.data,
        budget=trained.learner.budget,
        online=trained.learner.online,
        settings=asdict(settings),
        curve=tuple((point.data, point.len) for point in trained.curve),
    )
