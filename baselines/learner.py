"""What all methods share: settings, online and offline data, and the state for checkpoints."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from baselines.errors import BaselineError
from baselines.logged_transitions import log_transitions
from baselines.network import TwoTower, best, soft_update
from baselines.observer import Observation, Observer
from baselines.replay_buffer import ReplayBuffer, Transitions
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
    follow: float = 0.01
    """The rate at which target networks follow the trained ones."""


S = TypeVar("S", bound=MethodSettings)
On = TypeVar("On", bound=OnlineSettings)
Off = TypeVar("Off", bound=OfflineSettings)


class Learner(nn.Module, ABC, Generic[S]):
    """A method in training: `advance` until the budget is spent; `scores` ranks the items.

    Unless a method overrides it, a Q-network learns values by double Q-learning.
    """

    online: ClassVar[bool]
    heads: ClassVar[int] = 1
    network: TwoTower
    target: TwoTower

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

    def build_networks(self) -> tuple[nn.Module, ...]:
        """Creates all networks; returns those that the optimiser trains, in a fixed order."""
        self.network = TwoTower(self.observer, self.settings.hidden, self.heads)
        self.target = deepcopy(self.network)
        return (self.network,)

    @property
    @abstractmethod
    def budget(self) -> int:
        """The number of transitions to learn from, repeated ones counted each time."""

    @property
    @abstractmethod
    def stride(self) -> int:
        """The number of transitions per `advance`."""

    @abstractmethod
    def advance(self) -> None:
        """Performs one training step."""

    def loss(self, batch: Any) -> Tensor:
        """Values' Huber loss, and a second head's cross-entropy, summed over transitions."""
        values = self.network.chosen(batch.before, batch.items)
        loss = functional.smooth_l1_loss(values, self.targets(batch), reduction="sum")
        if self.heads > 1:
            logits = self.network.scores(batch.before, head=1)
            loss = loss + functional.cross_entropy(logits, batch.items, reduction="sum")
        return loss

    def scores(self, seen: Observation) -> Tensor:
        """A row of item scores per session."""
        return self.network.scores(seen)

    def targets(self, batch: Transitions) -> Tensor:
        """The value r + gamma V(s'), scaled by 1 - gamma to stay on the scale of ratings."""
        gamma = self.settings.gamma
        with torch.no_grad():
            following = self.following(batch.after)
        return (1 - gamma) * batch.rewards + gamma * batch.stays * following

    def following(self, after: Observation) -> Tensor:
        """The target network's value of the next item, which the trained network selects."""
        return self.target.chosen(after, best(self.network.scores(after)))

    def learn(self, buffer: ReplayBuffer, observer: Observer, batch: int) -> None:
        """One gradient step on sampled transitions, in parts that fit into the CPU cache."""
        count = -(-batch * len(self.world.catalogue) // CELLS_AT_ONCE)
        parts = np.array_split(np.arange(batch), count)
        self.improve((buffer.sample(len(part), self.rng, observer) for part in parts), batch)

    def improve(self, parts: Iterable[Any], rows: int) -> None:
        """One gradient step on the mean over the rows of all parts."""
        self.optimiser.zero_grad(set_to_none=True)
        for part in parts:
            torch.autograd.backward(self.loss(part) / rows)
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
        return dict(vars(self.environment.sessions))

    def restore(self, arrays: Arrays) -> None:
        """See `Learner.restore`."""
        for name, column in vars(self.environment.sessions).items():
            column[:] = arrays[name]


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

    def advance(self) -> None:
        """One gradient step on logged transitions."""
        self.learn(*self.log, self.stride)
        self.data += self.stride
        soft_update(self.target, self.followed, self.settings.follow)

    @property
    def followed(self) -> nn.Module:
        """The network that the target network follows."""
        return self.network


AnyLearner = Learner[Any]
