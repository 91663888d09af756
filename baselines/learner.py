"""What all methods share: settings, the ways to data, and what a checkpoint must hold."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from baselines.errors import BaselineError
from baselines.experience import Transitions
from baselines.log import read_log
from baselines.observe import Observation, Observer
from simulator import World
from simulator.vector import BatchEnvironment

CELLS_AT_ONCE = 2**20

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Settings:
    """What any method needs to be told."""

    gamma: float = 0.95
    learning_rate: float = 1e-3
    hidden: int = 128
    largest_gradient: float = 1.0
    """Gradients with a larger norm are shortened to it."""
    temperature: float = 1.0
    """What scores are divided by when items are sampled by them."""
    max_rounds: int = 100
    evaluations: int = 20
    """How often training users are asked how long they would stay."""
    patience: int = 10
    """Training ends after so many evaluations without a better one."""
    evaluated_users: int = 100

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if isinstance(value, int) and value < 1:
                raise BaselineError(f"{name}={value} cannot be: it has to be at least 1")
        if not 0.0 <= self.gamma < 1.0:
            raise BaselineError(f"gamma={self.gamma} cannot be: it has to be from 0 to below 1")


@dataclass(frozen=True)
class OnlineSettings(Settings):
    """Of methods that play with training users."""

    transitions: int = 100_000
    sessions: int = 64
    """How many users are played with side by side."""


@dataclass(frozen=True)
class OfflineSettings(Settings):
    """Of methods that read the training log."""

    updates: int = 2_000
    batch: int = 256


S = TypeVar("S", bound=Settings)
On = TypeVar("On", bound=OnlineSettings)
Off = TypeVar("Off", bound=OfflineSettings)


class Learner(nn.Module, ABC, Generic[S]):
    """A method while it learns: `advance` until the budget is spent; `scores` is what it learnt."""

    online: ClassVar[bool]

    def __init__(self, world: World, settings: S, seed: int, device: torch.device) -> None:
        super().__init__()
        self.world = world
        self.settings = settings
        self.rng = np.random.default_rng(seed)
        self.observer = Observer.of(world, device)
        self.data = 0

    @property
    @abstractmethod
    def budget(self) -> int:
        """How many transitions may be learnt from, counted as often as they are looked at."""

    @property
    @abstractmethod
    def stride(self) -> int:
        """How many of these one `advance` takes."""

    def parts(self, rows: int) -> list[int]:
        """So many rows in parts whose scores of all items are few enough to stay in a cache."""
        count = -(-rows * len(self.world.catalogue) // CELLS_AT_ONCE)
        return [len(part) for part in np.array_split(np.arange(rows), count)]

    @abstractmethod
    def advance(self) -> None:
        """Learns from a little more data."""

    @abstractmethod
    def scores(self, seen: Observation) -> Tensor:
        """How good each item would be now."""

    def optimise(self, *networks: nn.Module) -> None:
        """Says which networks learn, in an order that stays."""
        self.learning = [weights for network in networks for weights in network.parameters()]
        self.optimiser = torch.optim.Adam(self.learning, lr=self.settings.learning_rate)

    def improve(self, losses: Iterable[Tensor], rows: int) -> None:
        """One step down the gradient of a mean over rows, given as sums over some of them each."""
        self.optimiser.zero_grad(set_to_none=True)
        for loss in losses:
            torch.autograd.backward(loss / rows)
        nn.utils.clip_grad_norm_(self.learning, self.settings.largest_gradient)
        self.optimiser.step()

    def arrays(self) -> Arrays:
        """What beside weights and the generator is needed to go on as if never stopped."""
        return {}

    def restore(self, arrays: Arrays) -> None:
        """Puts back what `arrays` gave."""


class OnlineLearner(Learner[On]):
    """Plays with training users, many side by side; where one leaves, the next comes."""

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
    """Looks at transitions of the training log, drawn by chance."""

    online = False

    def __init__(self, world: World, settings: Off, seed: int, device: torch.device) -> None:
        super().__init__(world, settings, seed, device)
        self.log = read_log(world, self.observer)

    @property
    def budget(self) -> int:
        """See `Learner.budget`."""
        return self.settings.updates * self.settings.batch

    @property
    def stride(self) -> int:
        """See `Learner.stride`."""
        return self.settings.batch

    def learn(self, loss: Callable[[Transitions], Tensor]) -> None:
        """One step on a batch of the log, in parts."""
        log, batch = self.log, self.settings.batch
        parts = (log.experience.sample(rows, self.rng, log.observer) for rows in self.parts(batch))
        self.improve(map(loss, parts), batch)
        self.data += batch


AnyLearner = Learner[Any]
