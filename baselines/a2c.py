"""A2C (Mnih et al. 2016): an actor whose choices are weighed by how much better they turned out.

Online, on the training half: many users are played with side by side for a few rounds, then actor
and critic take one step together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from baselines.learner import OnlineLearner, OnlineSettings
from baselines.network import StateValue, TwoTower, draw
from baselines.observer import Observation
from simulator.arrays import Ratings
from simulator.batch_environment import BatchOutcome, Sessions


@dataclass(frozen=True)
class A2CSettings(OnlineSettings):
    """Settings of A2C."""

    rounds: int = 4
    """How many rounds are played between two updates."""
    entropy: float = 0.01
    """What keeps the actor from settling too early."""
    critic_weight: float = 0.5


class Round(NamedTuple):
    """What was shown to everybody in a round; returns are discounted sums of what came of it."""

    seen: Observation
    items: Tensor
    returns: Tensor


class A2C(OnlineLearner[A2CSettings]):
    """An actor and a critic, each with a tower of its own."""

    def build_networks(self) -> tuple[nn.Module, ...]:
        """See `Learner.build_networks`."""
        self.actor = TwoTower(self.observer, self.settings.hidden)
        self.critic = StateValue(self.observer, self.settings.hidden)
        return (self.actor, self.critic)

    @property
    def stride(self) -> int:
        """See `Learner.stride`."""
        return self.settings.sessions * self.settings.rounds

    def scores(self, seen: Observation) -> Tensor:
        """The logits of the actor."""
        return self.actor.scores(seen)

    def advance(self) -> None:
        """Plays some rounds and learns from them."""
        self.improve(map(self.loss, self.play()), self.stride)
        self.data += self.stride

    def loss(self, played: Round) -> Tensor:
        """The policy gradient, less what the actor earns by indecision, and the critic's errors."""
        values = self.critic(played.seen)
        advantages = played.returns - values.detach()
        logits = self.actor.scores(played.seen)
        actor = actor_loss(logits, played.items, advantages, self.settings.entropy)
        critic = functional.mse_loss(values, played.returns, reduction="sum")
        return actor + self.settings.critic_weight * critic

    @torch.no_grad()
    def play(self) -> list[Round]:
        """Lets the actor choose for some rounds, by chance and as likely as it says."""
        seen, items, rewards, ends = [], [], [], []
        for _ in range(self.settings.rounds):
            sessions = self.environment.sessions
            seen.append(self.observer(sessions))
            heights = self.rng.random(len(sessions), np.float32)
            items.append(draw(self.actor.scores(seen[-1]), heights))
            outcome = self.environment.step(items[-1].cpu().numpy())
            rewards.append(self.rewards(sessions, outcome) * (1 - self.settings.gamma))
            ends.append(self.ends(sessions, outcome))
            self.environment.restart_finished(self.rng)
        following = self.values(self.environment.sessions)
        returns = discounted(rewards, ends, following, self.settings.gamma)
        return [
            Round(*played) for played in zip(seen, items, map(self.tensor, returns), strict=True)
        ]

    def rewards(self, sessions: Sessions, outcome: BatchOutcome) -> Ratings:
        """What the users just said; a value is then a mean rating, for the returns are scaled."""
        return outcome.rewards

    def ends(self, sessions: Sessions, outcome: BatchOutcome) -> Ratings:
        """Where a session is over, what would still have come; not a number where it goes on.

        Nothing would come from a user who left, while the cap on rounds cuts something off.
        """
        ends = np.where(outcome.over, np.float32(0), np.float32(np.nan))
        if outcome.truncated.any():
            ends[outcome.truncated] = self.values(sessions.select(outcome.truncated))
        return ends

    def tensor(self, numbers: Ratings) -> Tensor:
        """The same where the networks are."""
        return torch.from_numpy(numbers).to(self.observer.items.device)

    def values(self, sessions: Sessions) -> Ratings:
        """What the critic expects of these sessions."""
        values: Ratings = self.critic(self.observer(sessions)).cpu().numpy()
        return values


def actor_loss(logits: Tensor, items: Tensor, advantages: Tensor, entropy: float) -> Tensor:
    """A number with the gradient of -A log pi(a) - c H(pi), summed over sessions.

    As probabilities add up to one, the gradient of -H is that of log pi weighed by pi log pi; so
    all is one product of the logs with weights, which takes half the time of the formula as it is.
    """
    logs = torch.log_softmax(logits, 1)
    with torch.no_grad():
        weights = torch.softmax(logits, 1).mul_(logs).mul_(entropy)
        weights[torch.arange(len(items), device=items.device), items] -= advantages
    return torch.dot(logs.flatten(), weights.flatten())


def discounted(
    rewards: Sequence[Ratings], ends: Sequence[Ratings], following: Ratings, gamma: float
) -> list[Ratings]:
    """The return of each round: its reward and what followed, discounted; see `A2C.ends`."""
    returns: list[Ratings] = []
    for reward, end in zip(reversed(rewards), reversed(ends), strict=True):
        following = np.where(np.isnan(end), following, end).astype(np.float32)
        following = reward + np.float32(gamma) * following
        returns.append(following)
    return returns[::-1]
