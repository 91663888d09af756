"""The environment: a user who is shown one item at a time, rates it, and may leave."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

from simulator.errors import WorldError
from simulator.quit_rule import QuitCause, QuitRule
from simulator.world import Half, HalfName, World

MAX_ROUNDS = 100


@dataclass(frozen=True)
class Response:
    """The user's rating of an item, and the cause if they quit over it."""

    reward: float
    cause: QuitCause | None


def user_response(
    half: Half, rule: QuitRule, user: int, shown: Sequence[int], item: int
) -> Response:
    """The user's response to an item after those already shown; a pure function."""
    reward = float(half.rewards.rate(user, [item])[0])
    return Response(reward, rule.cause(item, shown, reward, half.vectors))


@dataclass(frozen=True)
class Outcome:
    """One step of an environment; `terminated` is the user quitting, `truncated` the round cap."""

    reward: float
    terminated: bool
    truncated: bool
    cause: QuitCause | None


class Rules(TypedDict, total=False):
    """What a session may be played under other than the world's rule and the usual cap."""

    rule: QuitRule | None
    max_rounds: int


class UserSimulation:
    """What an environment of one user and one of many users share: the rules of their sessions."""

    def __init__(
        self,
        world: World,
        half: HalfName = "train",
        *,
        rule: QuitRule | None = None,
        max_rounds: int = MAX_ROUNDS,
    ) -> None:
        self.world = world
        self.half = world.half(half)
        self.rule = rule or world.rule
        self.max_rounds = max_rounds


class Environment(UserSimulation):
    """One episode at a time over a world: `reset(user)`, then `step(item)` until it ends."""

    user: int | None = None
    shown: Sequence[int] = ()
    over = True

    def reset(self, user: int) -> Sequence[int]:
        """Starts an episode and returns the items that the user viewed before it."""
        self.user = self.world.check_user(user)
        self.shown = []
        self.over = False
        return self.world.histories[user]

    def step(self, item: int) -> Outcome:
        """Shows one item."""
        if self.over or self.user is None:
            raise WorldError("the episode is over: call reset(user) before the next step")
        if not 0 <= item < len(self.world.catalogue):
            raise WorldError(f"unknown item {item}: items are 0 to {len(self.world.catalogue) - 1}")
        response = user_response(self.half, self.rule, self.user, self.shown, item)
        self.shown = [*self.shown, item]
        terminated = response.cause is not None
        truncated = not terminated and len(self.shown) >= self.max_rounds
        self.over = terminated or truncated
        return Outcome(response.reward, terminated, truncated, response.cause)
