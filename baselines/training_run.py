"""The training loop: training steps, evaluations on training users, and checkpoints."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from torch import Tensor

from baselines.agent import Agent
from baselines.checkpoint import (
    check_same,
    learner_state,
    load_checkpoint,
    restore_learner,
    save_checkpoint,
    tensors_of,
    world_identity,
)
from baselines.errors import BaselineError
from baselines.learner import AnyLearner
from simulator.batch_play import play_sessions, sample_users

TrainingProgress = Callable[[int, int, Mapping[str, float]], None]


@dataclass(frozen=True)
class Point:
    """The mean session length of training users after `data` transitions."""

    data: int
    len: float


class TrainingRun:
    """A training with its learning curve, its best weights and its checkpoint file."""

    def __init__(
        self, name: str, learner: AnyLearner, seed: int, checkpoint: Path | None = None
    ) -> None:
        world, settings = learner.world, learner.settings
        if learner.stride > learner.budget:
            raise BaselineError(
                f"{name}: a budget of {learner.budget} transitions is less than the "
                f"{learner.stride} of one update: raise it, or play with fewer users at once"
            )
        self.learner, self.settings, self.path = learner, settings, checkpoint
        self.users = sample_users(world, settings.evaluated_users, seed)
        self.facts = {
            "method": name,
            "world": world_identity(world),
            "settings": asdict(settings),
            "seed": seed,
        }
        self.curve: list[Point] = []
        self.best = copy_weights(learner)
        if checkpoint is not None and checkpoint.exists():
            self._resume(checkpoint)

    def finish(self, progress: TrainingProgress | None = None) -> None:
        """Trains to the end, then restores the best weights."""
        while not self.over:
            self.learner.advance()
            if self._due():
                self._evaluate()
                self._save()
            if progress is not None:
                progress(self.learner.data, self.learner.budget, self.figures())
        self.learner.load_state_dict(self.best)

    @property
    def over(self) -> bool:
        """Whether the budget is spent or the patience exhausted."""
        return self._spent() or self._waited() >= self.settings.patience

    def figures(self) -> dict[str, float]:
        """The last and the best mean session length."""
        if not self.curve:
            return {}
        return {"len": self.curve[-1].len, "best": max(point.len for point in self.curve)}

    def _spent(self) -> bool:
        return self.learner.data + self.learner.stride > self.learner.budget

    def _due(self) -> bool:
        part = (len(self.curve) + 1) / self.settings.evaluations
        return self._spent() or self.learner.data >= part * self.learner.budget

    def _waited(self) -> int:
        """The number of evaluations since the first best one."""
        lengths = [point.len for point in self.curve]
        return len(lengths) - 1 - lengths.index(max(lengths)) if lengths else 0

    def _evaluate(self) -> None:
        learner, rounds = self.learner, self.settings.max_rounds
        played = play_sessions(learner.world, Agent(learner), self.users, "train", None, rounds)
        self.curve.append(Point(learner.data, float(played.lengths.mean())))
        if self._waited() == 0:
            self.best = copy_weights(learner)

    def _save(self) -> None:
        if self.path is None:
            return
        learner = self.learner
        best = {f"best.{name}": weights for name, weights in self.best.items()}
        so_far = {
            "data": learner.data,
            "curve": [[point.data, point.len] for point in self.curve],
            "generator": learner.rng.bit_generator.state,
        }
        save_checkpoint(self.path, learner_state(learner) | best, {**self.facts, "so_far": so_far})

    def _resume(self, path: Path) -> None:
        tensors, facts = load_checkpoint(path)
        check_same(path, facts, self.facts)
        so_far, learner = facts["so_far"], self.learner
        restore_learner(learner, tensors)
        learner.data = so_far["data"]
        learner.rng.bit_generator.state = so_far["generator"]
        self.curve = [Point(data, length) for data, length in so_far["curve"]]
        self.best = tensors_of(tensors, "best.")


def copy_weights(learner: AnyLearner) -> dict[str, Tensor]:
    """A copy of the weights."""
    return {name: tensor.clone() for name, tensor in learner.state_dict().items()}
