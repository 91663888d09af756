"""Plays reference policies on the users and rules that the LLM arms meet."""

from collections.abc import Sequence
from dataclasses import replace

from experiments.runs.presets import Phase
from experiments.runs.records import Record
from experiments.runs.settings import RunSettings
from experiments.runs.variants import Variant
from graph.load import rule
from graph.trainer import draw_users
from nodes import Step
from simulator import RandomPolicy, World
from simulator.batch_play import PlayedSessions, play_sessions
from simulator.policies import ReferencePolicy, make_policy
from simulator.quit_rule import QUIT_CAUSES


def play_policy(
    settings: RunSettings, variant: Variant, seed: int, phase: Phase, world: World
) -> list[Record]:
    """Plays every episode of a phase; policies learn nothing, so no state is kept."""
    context = settings.context(variant, seed, phase)
    ruled = replace(world, rule=rule(context, world))
    users = evaluation_users(settings, seed, world)
    chosen = policy(variant, ruled, seed)
    plays = play_sessions(ruled, chosen, users, context.half, None, context.max_rounds)
    return episode_records(plays, users, variant, seed, phase, world)


def policy(variant: Variant, world: World, seed: int) -> ReferencePolicy:
    """The policy of a variant; the random one is seeded with the run's seed."""
    if variant.method == "random":
        return RandomPolicy(world, seed)
    return make_policy(variant.method, world)


def evaluation_users(settings: RunSettings, seed: int, world: World) -> list[int]:
    """The users of an evaluation: the same for every variant, so that sessions can be paired."""
    return draw_users(world.users, settings.episodes, [seed, 1])


def training_users(settings: RunSettings, seed: int, world: World) -> list[int]:
    """The users of a training: the same for every variant."""
    return draw_users(world.users, settings.train_episodes, [seed, 0])


def episode_records(
    plays: PlayedSessions,
    users: Sequence[int],
    variant: Variant,
    seed: int,
    phase: Phase,
    world: World,
) -> list[Record]:
    """Simulated sessions as records; the fields about chat models are empty."""
    titles = world.catalogue.titles
    records = []
    for number, user in enumerate(users):
        length, cause = int(plays.lengths[number]), QUIT_CAUSES[plays.causes[number]]
        steps = [
            Step(
                round=place + 1,
                thought="",
                plan="",
                reply="",
                item=titles[plays.items[number, place]],
                found="exact",
                reward=round(float(plays.rewards[number, place]), 4),
                quit=cause if place == length - 1 else None,
            )
            for place in range(length)
        ]
        records.append(
            Record(
                id=f"{variant.name}/{seed}/{phase}/{number:04d}",
                variant=variant.name,
                seed=seed,
                phase=phase,
                number=number,
                batch=1,
                user=user,
                started=0,
                history=[],
                steps=steps,
                verdicts=[],
                recalls=[],
                principles=[],
                usage=[],
                reflection="",
                cause=cause,
                error=None,
            )
        )
    return records
