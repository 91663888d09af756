"""Training a baseline on the training half, and playing what it learned on the same users."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from baselines import BaselineError, Trained, find_method, train
from baselines.learner import MethodSettings, OfflineSettings, OnlineSettings
from baselines.train import seeded
from experiments.errors import RunError
from experiments.playing.policy_episodes import evaluation_users, records_of
from experiments.runs.files import write_json
from experiments.runs.presets import Phase
from experiments.runs.records import Record
from experiments.runs.run_folder import CURVE
from experiments.runs.settings import Budget, RunSettings
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
    told: Callable[[float], None],
) -> list[Record]:
    """A record of every episode; training that was stopped goes on from its last evaluation."""
    context = settings.context(variant, seed, phase)
    ruled = replace(world, rule=rule(context, world))
    chosen = within(settings.rl, variant.method, context.max_rounds)

    def progress(done: int, whole: int, _: Mapping[str, float]) -> None:
        told(done / whole)

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
    write_json(folder / CURVE, training_of(trained, chosen))
    users = evaluation_users(settings, seed, world)
    agent = trained.agent(sampled=variant.sampled, seed=seed)
    with seeded(seed):
        plays = play_sessions(ruled, agent, users, context.half, None, context.max_rounds)
    return records_of(plays, users, variant, seed, phase, world)


def within(budget: Budget, method: str, max_rounds: int) -> MethodSettings:
    """A method's settings, held to what it may learn from."""
    usual = find_method(method).settings(max_rounds=max_rounds)
    if isinstance(usual, OnlineSettings):
        return replace(usual, transitions=budget.transitions)
    if isinstance(usual, OfflineSettings):
        return replace(usual, updates=budget.updates, batch=budget.batch)
    return usual


def training_of(trained: Trained, settings: MethodSettings) -> dict[str, Any]:
    """What a baseline learned from, and how long training users stayed on the way."""
    return {
        "data": trained.data,
        "budget": trained.learner.budget,
        "online": trained.learner.online,
        "settings": asdict(settings),
        "curve": [[point.data, point.len] for point in trained.curve],
    }
