"""The sample that an estimate is made from: sessions played with the offline model."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from experiments.playing.policy_episodes import evaluation_users, training_users
from experiments.runs.settings import RunSettings
from graph.episode import Load, build_graph
from graph.load import load_parts
from graph.trainer import build_trainer, given
from graph.training import Assignment, Played
from models import Role
from nodes import Context, EpisodeState, Parts
from simulator import QuitRule, World
from stores import Memories, in_memory

TRAINING, EVALUATED, ENDLESS = 10, 4, 2  # sessions of each kind
LONGEST_PROMPTS = 44  # rounds after which prompts have their greatest length: then they are folded
NEVER_LEAVES = QuitRule(beta=0.0, min_reward=0.0, no_repeats=False)

Measure = Callable[[EpisodeState], float]


@dataclass(frozen=True)
class Sample:
    """Sessions of a short training, of evaluation after it, and of users who never leave."""

    training: Sequence[EpisodeState]
    evaluated: Sequence[EpisodeState]
    endless: Sequence[EpisodeState]

    def total(self, measure: Measure, episodes: int) -> float:
        """The sum over a seed's episodes; those beyond the sampled training count as the mean."""
        further = episodes - len(self.training)
        return sum(map(measure, self.training)) + further * self.mean(measure)

    def mean(self, measure: Measure) -> float:
        """The mean of the evaluated sessions."""
        return sum(map(measure, self.evaluated)) / len(self.evaluated)

    def longest_prompt(self, role: Role) -> float:
        """The tokens of the longest prompt of a role."""
        states = [*self.training, *self.evaluated, *self.endless]
        turns = [turn for state in states for turn in state["usage"] if turn["role"] == role]
        return max((turn["input"] / turn["calls"] for turn in turns), default=0.0)


async def play_sample(
    settings: RunSettings, context: Context, world: World, *, learns: bool
) -> Sample:
    """Plays the users that the run begins with, on memories that are not kept."""
    embedder, seed = load_parts(context).embedder, context.seed
    memories = Memories(in_memory(embedder.name), embedder)

    def load(wanted: Context) -> Parts:
        return replace(load_parts(wanted), memories=memories)

    def load_endless(wanted: Context) -> Parts:
        return replace(load(wanted), rule=NEVER_LEAVES)

    training = list[EpisodeState]()
    if learns:
        users = training_users(settings, seed, world)[:TRAINING]
        training = await _train(load, context, users, settings.batch)
    users = evaluation_users(settings, seed, world)[:EVALUATED]
    frozen = replace(context, half="test", learn=False)
    short = replace(frozen, max_rounds=min(LONGEST_PROMPTS, context.max_rounds))
    return Sample(
        training,
        await _play(load, frozen, users),
        await _play(load_endless, short, users[:ENDLESS]),
    )


async def _train(load: Load, context: Context, users: list[int], batch: int) -> list[EpisodeState]:
    states = list[EpisodeState]()

    async def play(graph: Any, assignment: Assignment, context: Context) -> Played:
        state = cast(EpisodeState, await graph.ainvoke(given(assignment), context=context))
        states.append(state)
        return Played(assignment=assignment, state=state, failure=None)

    trainer = build_trainer(load, play)
    await trainer.ainvoke(
        {"users": users, "batch": batch, "name": "estimate", "at": 1}, context=context
    )
    return states


async def _play(load: Load, context: Context, users: list[int]) -> list[EpisodeState]:
    graph = build_graph(load)
    playing: Any = (graph.ainvoke({"user": user}, context=context) for user in users)
    return cast(list[EpisodeState], list(await asyncio.gather(*playing)))
