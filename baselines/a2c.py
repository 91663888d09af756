"""A2C (Mnih et al. 2016): advantage actor-critic.

Online, on the training half: a few rounds in many parallel sessions, then one joint gradient step
of actor and critic.
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
    """The number of rounds between updates."""
    entropy: float = 0.01
    """The weight of the entropy bonus."""
    critic_weight: float = 0.5


class Round(NamedTuple):
    """One round of all sessions, with discounted returns."""

    seen: Observation
    items: Tensor
    returns: Tensor


class A2C(OnlineLearner[A2CSettings]):
    """An actor and a critic with separate towers."""

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
        """Plays some rounds, then one gradient step."""
        self.improve(self.play(), self.stride)
        self.data += self.stride

    def loss(self, batch: Round) -> Tensor:
        """The policy gradient with entropy bonus, and the critic's squared errors."""
        values = self.critic(batch.seen)
        advantages = batch.returns - values.detach()
        logits = self.actor.scores(batch.seen)
        actor = actor_loss(logits, batch.items, advantages, self.settings.entropy)
        critic = functional.mse_loss(values, batch.returns, reduction="sum")
        return actor + self.settings.critic_weight * critic

    @torch.no_grad()
    def play(self) -> list[Round]:
        """Plays some rounds with items sampled from the actor."""
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
        returns = [
            torch.from_numpy(numbers).to(self.observer.items.device)
            for numbers in discounted(rewards, ends, following, self.settings.gamma)
        ]
        return [Round(*played) for played in zip(seen, items, returns, strict=True)]

    def rewards(self, sessions: Sessions, outcome: BatchOutcome) -> Ratings:
        """The ratings of this round; scaled returns make values mean ratings."""
        return outcome.rewards

    def ends(self, sessions: Sessions, outcome: BatchOutcome) -> Ratings:
        """After a session's end 0 if the user quit, the critic's value at the cap; else NaN."""
        ends = np.where(outcome.over, np.float32(0), np.float32(np.nan))
        if outcome.truncated.any():
            ends[outcome.truncated] = self.values(sessions.select(outcome.truncated))
        return ends

    def values(self, sessions: Sessions) -> Ratings:
        """The critic's values of these sessions."""
        values: Ratings = self.critic(self.observer(sessions)).cpu().numpy()
        return values


def actor_loss(logits: Tensor, items: Tensor, advantages: Tensor, entropy: float) -> Tensor:
    """A number with the gradient of -A log pi(a) - c H(pi), summed over sessions.

    As probabilities add up to one, the gradient of -H is that of log pi weighted by pi log pi; one
    product of log pi with weights takes half the time of the literal formula.
    """
    logs = torch.log_softmax(logits, 1)
    with torch.no_grad():
        weights = torch.softmax(logits, 1).mul_(logs).mul_(entropy)
        weights[torch.arange(len(items), device=items.device), items] -= advantages
    return torch.dot(logs.flatten(), weights.flatten())


def discounted(
    rewards: Sequence[Ratings], ends: Sequence[Ratings], following: Ratings, gamma: float
) -> list[Ratings]:
    """The discounted return of each round; see `A2C.ends`."""
    returns: list[Ratings] = []
    for reward, end in zip(reversed(rewards), reversed(ends), strict=True):
        following = np.where(np.isnan(end), following, end).astype(np.float32)
        following = reward + np.float32(gamma) * following
        returns.append(following)
    return returns[::-1]
