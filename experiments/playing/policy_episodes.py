"""Playing policies that need no chat model, on the same users and rules."""

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
    """A record of every episode."""
    context = settings.context(variant, seed, phase)
    ruled = replace(world, rule=rule(context, world))
    users = evaluation_users(settings, seed, world)
    plays = play_sessions(
        ruled, policy(variant, ruled, seed), users, context.half, None, context.max_rounds
    )
    return records_of(plays, users, variant, seed, phase, world)


def policy(variant: Variant, world: World, seed: int) -> ReferencePolicy:
    """The policy that a variant names; chance has the run's seed."""
    if variant.method == "random":
        return RandomPolicy(world, seed)
    return make_policy(variant.method, world)


def evaluation_users(settings: RunSettings, seed: int, world: World) -> list[int]:
    """Whom every variant meets under this seed, so that they can be compared pair by pair."""
    return draw_users(world.users, settings.episodes, [seed, 1])


def training_users(settings: RunSettings, seed: int, world: World) -> list[int]:
    """Whom every variant learns from under this seed."""
    return draw_users(world.users, settings.train_episodes, [seed, 0])


def records_of(
    plays: PlayedSessions,
    users: Sequence[int],
    variant: Variant,
    seed: int,
    phase: Phase,
    world: World,
) -> list[Record]:
    """Sessions in the form in which all of a run's episodes are kept."""
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
