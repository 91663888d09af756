"""Trains a baseline on the training half, and plays it on the users of the evaluation."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path

from baselines import BaselineError, find_method, train
from baselines.learner import MethodSettings, OfflineSettings, OnlineSettings
from baselines.train import seeded
from experiments.errors import RunError
from experiments.playing.policy_episodes import ruled_world, simulated_records
from experiments.playing.run import CellPhase
from experiments.runs.files import write_json
from experiments.runs.records import TRAINING_FILE, Record, TrainingCurve
from experiments.runs.settings import Budget


def play_baseline(
    cell: CellPhase, folder: Path, on_progress: Callable[[float], None]
) -> list[Record]:
    """Trains, from the last evaluation where it was stopped, and returns a record an episode."""
    variant, budget, seed = cell.variant, cell.settings.rl, cell.seed
    chosen = _limited_settings(budget, variant.method, cell.context.max_rounds)

    def progress(done: int, whole: int, _: Mapping[str, float]) -> None:
        on_progress(done / whole)

    try:
        trained = train(
            variant.method,
            ruled_world(cell),
            seed,
            chosen,
            checkpoint=folder / "agent.safetensors",
            device=budget.device,
            progress=progress,
        )
    except BaselineError as error:
        raise RunError(str(error)) from error
    curve = TrainingCurve(
        data=trained.data,
        budget=trained.learner.budget,
        online=trained.learner.online,
        settings=asdict(chosen),
        curve=tuple((point.data, point.len) for point in trained.curve),
    )
    write_json(folder / TRAINING_FILE, asdict(curve))
    agent = trained.agent(sampled=variant.sampled, seed=seed)
    with seeded(seed):
        return simulated_records(cell, lambda _: agent)


def _limited_settings(budget: Budget, method: str, max_rounds: int) -> MethodSettings:
    default = find_method(method).settings(max_rounds=max_rounds)
    if isinstance(default, OnlineSettings):
        return replace(default, transitions=budget.transitions)
    if isinstance(default, OfflineSettings):
        return replace(default, updates=budget.updates, batch=budget.batch)
    return default
