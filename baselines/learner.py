"""What all methods share: settings, online and offline data, and the state for checkpoints."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from baselines.errors import BaselineError
from baselines.logged_transitions import log_transitions
from baselines.observer import Observation, Observer
from baselines.replay_buffer import Transitions
from simulator import World
from simulator.batch_environment import BatchEnvironment

CELLS_AT_ONCE = 2**20

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class MethodSettings:
    """Settings of every method."""

    gamma: float = 0.95
    learning_rate: float = 1e-3
    hidden: int = 128
    largest_gradient: float = 1.0
    """The norm to which gradients are clipped."""
    temperature: float = 1.0
    """Divides scores when items are sampled by softmax."""
    max_rounds: int = 100
    evaluations: int = 20
    """The number of evaluations on training users."""
    patience: int = 10
    """The number of evaluations without improvement after which training stops."""
    evaluated_users: int = 100

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if isinstance(value, int) and value < 1:
                raise BaselineError(f"{name}={value} is invalid: it must be at least 1")
        if not 0.0 <= self.gamma < 1.0:
            raise BaselineError(f"gamma={self.gamma} is invalid: it must be at least 0 and below 1")


@dataclass(frozen=True)
class OnlineSettings(MethodSettings):
    """Settings of methods that interact with training users."""

    transitions: int = 100_000
    sessions: int = 64
    """The number of parallel sessions."""


@dataclass(frozen=True)
class OfflineSettings(MethodSettings):
    """Settings of methods that learn from the training log."""

    updates: int = 2_000
    batch: int = 256


S = TypeVar("S", bound=MethodSettings)
On = TypeVar("On", bound=OnlineSettings)
Off = TypeVar("Off", bound=OfflineSettings)


class Learner(nn.Module, ABC, Generic[S]):
    """A method in training: `advance` until the budget is spent; `scores` ranks the items."""

    online: ClassVar[bool]

    def __init__(self, world: World, settings: S, seed: int, device: torch.device) -> None:
        super().__init__()
        self.world = world
        self.settings = settings
        self.rng = np.random.default_rng(seed)
        self.observer = Observer.of(world, device)
        self.data = 0
        networks = self.build_networks()
        self.to(device)
        self.trained = [weights for network in networks for weights in network.parameters()]
        self.optimiser = torch.optim.Adam(self.trained, lr=settings.learning_rate)

    @abstractmethod
    def build_networks(self) -> tuple[nn.Module, ...]:
        """Creates all networks; returns those that the optimiser trains, in a fixed order."""

    @property
    @abstractmethod
    def budget(self) -> int:
        """The number of transitions to learn from, repeated ones counted each time."""

    @property
    @abstractmethod
    def stride(self) -> int:
        """The number of transitions per `advance`."""

    def parts(self, rows: int) -> list[int]:
        """Splits a batch so that a part's scores of all items fit into the CPU cache."""
        count = -(-rows * len(self.world.catalogue) // CELLS_AT_ONCE)
        return [len(part) for part in np.array_split(np.arange(rows), count)]

    @abstractmethod
    def advance(self) -> None:
        """Performs one training step."""

    @abstractmethod
    def scores(self, seen: Observation) -> Tensor:
        """A row of item scores per session."""

    def improve(self, losses: Iterable[Tensor], rows: int) -> None:
        """One gradient step on the mean over rows; each loss is the sum over a part of them."""
        self.optimiser.zero_grad(set_to_none=True)
        for loss in losses:
            torch.autograd.backward(loss / rows)
        nn.utils.clip_grad_norm_(self.trained, self.settings.largest_gradient)
        self.optimiser.step()

    def arrays(self) -> Arrays:
        """The state besides weights, optimiser and generator that exact resumption needs."""
        return {}

    def restore(self, arrays: Arrays) -> None:
        """Restores what `arrays` returned."""


class OnlineLearner(Learner[On]):
    """Interacts with training users in parallel sessions; finished ones are replaced."""

    online = True

    def __init__(self, world: World, settings: On, seed: int, device: torch.device) -> None:
        super().__init__(world, settings, seed, device)
        self.environment = BatchEnvironment(world, "train", max_rounds=settings.max_rounds)
        self.environment.reset(self.rng.integers(world.users, size=settings.sessions))

    @property
    def budget(self) -> int:
        """See `Learner.budget`."""
        return self.settings.transitions

    def arrays(self) -> Arrays:
        """See `Learner.arrays`."""
        sessions = self.environment.sessions
        return {"users": sessions.users, "shown": sessions.shown, "lengths": sessions.lengths}

    def restore(self, arrays: Arrays) -> None:
        """See `Learner.restore`."""
        sessions = self.environment.sessions
        sessions.users[:] = arrays["users"]
        sessions.shown[:] = arrays["shown"]
        sessions.lengths[:] = arrays["lengths"]


class OfflineLearner(Learner[Off]):
    """Samples transitions of the training log."""

    online = False

    def __init__(self, world: World, settings: Off, seed: int, device: torch.device) -> None:
        super().__init__(world, settings, seed, device)
        self.log = log_transitions(world, self.observer)

    @property
    def budget(self) -> int:
        """See `Learner.budget`."""
        return self.settings.updates * self.settings.batch

    @property
    def stride(self) -> int:
        """See `Learner.stride`."""
        return self.settings.batch

    def learn(self, loss: Callable[[Transitions], Tensor]) -> None:
        """One gradient step on a batch of logged transitions."""
        log, batch = self.log, self.settings.batch
        parts = (log.buffer.sample(rows, self.rng, log.observer) for rows in self.parts(batch))
        self.improve(map(loss, parts), batch)
        self.data += batch


AnyLearner = Learner[Any]
