"""Playing episodes: through the graph, or with a policy that needs no chat model."""

from typing import Any

from experiments.statistics.metrics import Session
from graph.episode import EpisodeGraph
from nodes import Context, EpisodeState
from simulator import Environment, HalfName, Policy, World


async def play(
    graph: EpisodeGraph, user: int, context: Context, *, episode: str, at: int
) -> dict[str, Any]:
    """One episode from arrival to memory, as its final state; `at` orders what it teaches."""
    state: dict[str, Any] = await graph.ainvoke(
        {"user": user, "episode": episode, "at": at}, context=context
    )
    return state


def session(state: EpisodeState | dict[str, Any]) -> Session:
    """What counts of a finished episode."""
    steps = state["steps"]
    return Session(int(state["user"]), tuple(step["reward"] for step in steps), steps[-1]["quit"])


def play_policy(
    world: World, policy: Policy, user: int, half: HalfName, max_rounds: int
) -> Session:
    """One episode of a policy on the same users and rules."""
    environment = Environment(world, half, max_rounds=max_rounds)
    environment.reset(user)
    rewards, cause = [], None
    while not environment.over:
        outcome = environment.step(policy.choose(user, environment.shown))
        rewards.append(outcome.reward)
        cause = outcome.cause
    return Session(user, tuple(rewards), cause)
