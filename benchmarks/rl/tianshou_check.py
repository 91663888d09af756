"""DQN and A2C beside tianshou's: the same world, network, observations, settings and budget.

It takes minutes and needs tianshou (`pip install tianshou`) and BILLP_STEAM, the folder with the
publisher's raw files, so `make bench` leaves it out: `python -m benchmarks tianshou_check`.
"""

import math
from typing import Any

import gymnasium
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from baselines import Agent, train
from baselines.a2c import A2C, A2CSettings
from baselines.dqn import DQN, DQNSettings
from baselines.learner import AnyLearner, OnlineSettings
from baselines.network import StateValue, TwoTower
from baselines.observer import Observation, Observer
from baselines.train import seeded
from baselines.training_run import copy_weights
from benchmarks.figures import Figure, report
from benchmarks.rl.baselines import lasting, steam
from simulator import Environment, World
from simulator.batch_environment import NO_ITEM, Sessions
from simulator.batch_play import play_sessions, sample_users

try:
    import tianshou.algorithm as algorithms
    from tianshou.algorithm.modelfree.dqn import DiscreteQLearningPolicy
    from tianshou.algorithm.modelfree.reinforce import DiscreteActorPolicy
    from tianshou.algorithm.optim import AdamOptimizerFactory
    from tianshou.data import Collector, VectorReplayBuffer
    from tianshou.env import DummyVectorEnv
    from tianshou.trainer import OffPolicyTrainerParams, OnPolicyTrainerParams
except ImportError:
    raise SystemExit("tianshou is not installed: pip install tianshou") from None

SEEDS = (0, 1, 2)

Row = NDArray[np.int32]


class Users(gymnasium.Env[Row, np.int64]):
    """Training users drawn by chance; a row is the user, the rounds and what was shown in them.

    Rewards are in the scale in which ours are learnt from.
    """

    def __init__(self, world: World, seed: int, settings: OnlineSettings) -> None:
        max_rounds = settings.max_rounds
        self.environment = Environment(world, "train", max_rounds=max_rounds)
        self.scale = 1 - settings.gamma
        self.action_space = gymnasium.spaces.Discrete(len(world.catalogue))
        largest = max(world.users, len(world.catalogue), max_rounds)
        self.observation_space = gymnasium.spaces.Box(-1, largest, (2 + max_rounds,), np.int32)
        self.rng = np.random.default_rng(seed)

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Row, dict[str, Any]]:
        """The next user."""
        self.environment.reset(int(self.rng.integers(self.environment.world.users)))
        return self._row(), {}

    def step(self, action: np.int64) -> tuple[Row, float, bool, bool, dict[str, Any]]:
        """Shows an item."""
        outcome = self.environment.step(int(action))
        return self._row(), self.scale * outcome.reward, outcome.terminated, outcome.truncated, {}

    def _row(self) -> Row:
        shown = self.environment.shown
        row = np.full(2 + self.environment.max_rounds, NO_ITEM, np.int32)
        row[:2] = self.environment.user or 0, len(shown)
        row[2 : 2 + len(shown)] = shown
        return row


def observed(observer: Observer, rows: Row) -> Observation:
    """What our learners see of the same sessions."""
    rows = np.asarray(rows)
    return observer(Sessions(rows[:, 0].astype(int), rows[:, 2:], rows[:, 1].astype(int)))


class Scores(nn.Module):
    """Our network as tianshou calls it."""

    def __init__(self, observer: Observer, network: TwoTower) -> None:
        super().__init__()
        self.observer, self.network = observer, network

    def forward(self, obs: Row, state: Any = None, info: Any = None) -> tuple[Tensor, Any]:
        """Scores, hidden where shown before."""
        return self.network.scores(observed(self.observer, obs)), state


class Values(nn.Module):
    """Our critic as tianshou calls it."""

    def __init__(self, observer: Observer, network: StateValue) -> None:
        super().__init__()
        self.observer, self.network = observer, network

    def forward(self, obs: Row, **_: Any) -> Tensor:
        """What is still to come."""
        values: Tensor = self.network(observed(self.observer, obs))
        return values


class Best:
    """Keeps a learner's best weights as our own training does."""

    def __init__(self, learner: AnyLearner, seed: int) -> None:
        self.learner, self.len, self.weights = learner, -1.0, copy_weights(learner)
        self.users = sample_users(learner.world, learner.settings.evaluated_users, seed)
        self.points = 0

    def look(self, steps: int) -> None:
        """Asks training users where an evaluation is due."""
        if steps < (self.points + 1) * self.learner.budget / self.learner.settings.evaluations:
            return
        self.points += 1
        plays = play_sessions(self.learner.world, Agent(self.learner), self.users, "train")
        if (length := float(plays.lengths.mean())) > self.len:
            self.len, self.weights = length, copy_weights(self.learner)

    def put_back(self) -> AnyLearner:
        """The learner at its best."""
        self.look(self.learner.budget)
        self.learner.load_state_dict(self.weights)
        return self.learner


def collector(world: World, policy: Any, settings: Any, seed: int, size: int) -> Collector[Any]:
    """PlayedSessions with as many users side by side as ours does."""

    def users(lane: int) -> Any:
        return lambda: Users(world, 1000 * seed + lane, settings)

    lanes = DummyVectorEnv([users(lane) for lane in range(settings.sessions)])
    buffer = VectorReplayBuffer(size, settings.sessions)
    return Collector(policy, lanes, buffer, exploration_noise=True)


def their_a2c(world: World, seed: int) -> AnyLearner:
    """Our actor and critic, trained by tianshou."""
    settings = A2CSettings()
    ours = A2C(world, settings, seed, torch.device("cpu"))
    space = gymnasium.spaces.Discrete(len(world.catalogue))
    algorithm = algorithms.A2C(
        policy=DiscreteActorPolicy(actor=Scores(ours.observer, ours.actor), action_space=space),
        critic=Values(ours.observer, ours.critic),
        optim=AdamOptimizerFactory(lr=settings.learning_rate),
        vf_coef=settings.critic_weight,
        ent_coef=settings.entropy,
        max_grad_norm=settings.largest_gradient,
        gae_lambda=1.0,
        gamma=settings.gamma,
    )
    best = Best(ours, seed)
    algorithm.run_training(
        OnPolicyTrainerParams(
            training_collector=collector(world, algorithm, settings, seed, ours.stride),
            max_epochs=1,
            epoch_num_steps=ours.budget,
            collection_step_num_env_steps=ours.stride,
            batch_size=None,
            training_fn=lambda _, steps: best.look(steps),
            show_progress=False,
            verbose=False,
        )
    )
    return best.put_back()


def their_dqn(world: World, seed: int) -> AnyLearner:
    """Our values, trained by tianshou; its target network follows in leaps as far apart as ours."""
    settings = DQNSettings()
    ours = DQN(world, settings, seed, torch.device("cpu"))
    space = gymnasium.spaces.Discrete(len(world.catalogue))
    policy = DiscreteQLearningPolicy(
        model=Scores(ours.observer, ours.network), action_space=space, eps_training=1.0
    )
    algorithm = algorithms.DQN(
        policy=policy,
        optim=AdamOptimizerFactory(lr=settings.learning_rate),
        gamma=settings.gamma,
        target_update_freq=math.ceil(1 / settings.follow),
        huber_loss_delta=1.0,
    )
    best = Best(ours, seed)

    def look(_: int, steps: int) -> None:
        ours.data = steps
        policy.set_eps_training(ours.chance())
        best.look(steps)

    algorithm.run_training(
        OffPolicyTrainerParams(
            training_collector=collector(world, algorithm, settings, seed, ours.budget),
            max_epochs=1,
            epoch_num_steps=ours.budget,
            collection_step_num_env_steps=ours.stride,
            batch_size=settings.batch,
            update_step_num_gradient_steps_per_sample=1 / ours.stride,
            training_fn=look,
            show_progress=False,
            verbose=False,
        )
    )
    return best.put_back()


def main() -> None:
    """Mean length in the test half of either, and how far apart in standard errors of seeds."""
    world = steam()
    if world is None:
        return
    for name, theirs in (("a2c", their_a2c), ("dqn", their_dqn)):
        ours = [lasting(world, [train(name, world, seed).agent()]).mean() for seed in SEEDS]
        others = []
        for seed in SEEDS:
            with seeded(seed):
                np.random.seed(seed)
                others.append(lasting(world, [Agent(theirs(world, seed))]).mean())
        spread = math.sqrt((np.var(ours, ddof=1) + np.var(others, ddof=1)) / len(SEEDS))
        report(
            [
                Figure(f"{name}: Len of ours, test half", float(np.mean(ours)), "rounds"),
                Figure(f"{name}: Len of tianshou's", float(np.mean(others)), "rounds"),
                Figure(
                    f"{name}: difference in standard errors",
                    abs(float(np.mean(ours) - np.mean(others))) / spread,
                    "",
                    4.3,
                ),
            ]
        )


if __name__ == "__main__":
    main()
