"""Training a method on a world, seeded, on the device that was asked for."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch

from baselines.agent import Agent
from baselines.errors import BaselineError
from baselines.learner import AnyLearner, Settings
from baselines.methods import find_method
from baselines.run import Point, Progress, Run
from simulator import World

_torch = threading.Lock()  # its generator and its ways to compute are shared by all threads


@dataclass(frozen=True, eq=False)
class Trained:
    """A method at its best, and how it came there."""

    learner: AnyLearner
    curve: tuple[Point, ...]

    @property
    def data(self) -> int:
        """How many transitions it learnt from, counted as often as it looked at them."""
        return self.learner.data

    def agent(self, *, sampled: bool = False, seed: int = 0) -> Agent:
        """What it learnt, as a policy."""
        return Agent(self.learner, sampled=sampled, seed=seed)


def train(
    name: str,
    world: World,
    seed: int = 0,
    settings: Settings | None = None,
    *,
    checkpoint: Path | None = None,
    device: str = "cpu",
    progress: Progress | None = None,
) -> Trained:
    """Trains a method on the training half; with a checkpoint it goes on where it stopped.

    The same world, seed and settings give the same weights on a CPU, however often it was stopped
    and whatever else is trained in this process: one training waits for the other.
    `progress` is told the transitions learnt from, their budget, and figures by name.
    """
    method = find_method(name)
    chosen = method.settings() if settings is None else settings
    if type(chosen) is not method.settings:
        expected, given = method.settings.__name__, type(chosen).__name__
        raise BaselineError(f"{name} takes {expected}, not {given}")
    check_world(world)
    with seeded(seed):
        learner = method.learner(world, chosen, seed, find_device(device))
        run = Run(name, learner, seed, checkpoint)
        run.finish(progress)
    return Trained(learner, tuple(run.curve))


def check_world(world: World) -> None:
    """Refuses a world that is too small for anybody to stay."""
    items, window = len(world.catalogue), world.rule.window
    if items < window + 1:
        raise BaselineError(
            f"world {world.name!r} has {items} items, fewer than its window of {window} and one "
            "more: train on a larger world, or one with a shorter window"
        )


def find_device(name: str) -> torch.device:
    """The device of this name, if this machine has it."""
    try:
        device = torch.device(name)
        torch.zeros(1, device=device).item()
    except (RuntimeError, AssertionError) as error:
        raise BaselineError(f"device {name!r} is not on this machine: use 'cpu'") from error
    return device


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """First weights of this seed, and sums in one order whatever the machine is busy with.

    Numbers next to nothing, as a sure policy has many, are taken for nothing: they are slow.
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
