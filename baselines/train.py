"""Trains a method on a world with a seed, on a given device."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch

from baselines.agent import Agent
from baselines.errors import BaselineError
from baselines.learner import AnyLearner, MethodSettings
from baselines.methods import find_method
from baselines.training_run import Point, TrainingProgress, TrainingRun
from simulator import World

_torch = threading.Lock()  # torch's generator and modes are global to the process


@dataclass(frozen=True, eq=False)
class Trained:
    """A trained method and its learning curve."""

    learner: AnyLearner
    curve: tuple[Point, ...]

    @property
    def data(self) -> int:
        """The number of transitions, repeated ones counted each time."""
        return self.learner.data

    def agent(self, *, sampled: bool = False, seed: int = 0) -> Agent:
        """The learned policy."""
        return Agent(self.learner, sampled=sampled, seed=seed)


def train(
    name: str,
    world: World,
    seed: int = 0,
    settings: MethodSettings | None = None,
    *,
    checkpoint: Path | None = None,
    device: str = "cpu",
    progress: TrainingProgress | None = None,
) -> Trained:
    """Trains a method on the training half; with a checkpoint it resumes where it stopped.

    The same world, seed and settings give the same weights on a CPU, with or without interruptions;
    trainings in one process run one after another. `progress` is called with the transitions so
    far, their budget, and figures by name.
    """
    method = find_method(name)
    chosen = method.settings() if settings is None else settings
    if type(chosen) is not method.settings:
        expected, given = method.settings.__name__, type(chosen).__name__
        raise BaselineError(f"{name} takes {expected}, not {given}")
    check_world(world)
    with seeded(seed):
        learner = method.learner(world, chosen, seed, find_device(device))
        run = TrainingRun(name, learner, seed, checkpoint)
        run.finish(progress)
    return Trained(learner, tuple(run.curve))


def check_world(world: World) -> None:
    """Raises if a world is too small for any session to last."""
    items, window = len(world.catalogue), world.rule.window
    if items < window + 1:
        raise BaselineError(
            f"world {world.name!r} has {items} items, fewer than its window of {window} and one "
            "more: train on a larger world, or one with a shorter window"
        )


def find_device(name: str) -> torch.device:
    """The device of this name; raises if this machine does not have it."""
    try:
        device = torch.device(name)
        torch.zeros(1, device=device).item()
    except (RuntimeError, AssertionError) as error:
        raise BaselineError(f"device {name!r} is not on this machine: use 'cpu'") from error
    return device


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seeds torch and fixes the order of summation, independent of the machine's load.

    Denormal numbers, which confident policies produce, are flushed to zero because they are slow.
    """
    with _torch:
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        torch.set_flush_denormal(True)
        try:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(seed)
                yield
        finally:
            torch.set_flush_denormal(False)
            torch.set_num_threads(threads)
