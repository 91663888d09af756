"""Plays reference policies on the users and rules that the LLM arms meet."""

from collections.abc import Callable
from dataclasses import replace

from experiments.playing.offered_policies import PICKS, offered_policy
from experiments.playing.run import CellPhase
from experiments.playing.wordless import wordless_step
from experiments.runs.records import Record
from graph.load import rule
from graph.training import Assignment
from simulator import RandomPolicy, World
from simulator.batch_play import play_sessions
from simulator.own_policies import find_policy
from simulator.policies import ReferencePolicy
from simulator.quit_rule import QUIT_CAUSES


def ruled_world(cell: CellPhase) -> World:
    """The world with the quit rule of the cell's episodes."""
    return replace(cell.world, rule=rule(cell.context, cell.world))


def play_policy(cell: CellPhase) -> list[Record]:
    """Plays every episode of a phase; policies learn nothing, so no state is kept."""
    if cell.variant.method == "random":
        return simulated_records(cell, lambda world: RandomPolicy(world, cell.seed))
    if cell.variant.method in PICKS:
        return simulated_records(cell, offered_policy(cell))
    return simulated_records(cell, lambda world: find_policy(cell.variant.method, world))


def simulated_records(cell: CellPhase, policy: Callable[[World], ReferencePolicy]) -> list[Record]:
    """Plays a policy with the users of a phase; the fields about chat models are empty."""
    context, users, world = cell.context, cell.users, ruled_world(cell)
    plays = play_sessions(world, policy(world), users, context.half, None, context.max_rounds)
    titles, records = world.catalogue.titles, []
    for number, user in enumerate(users):
        length, cause = int(plays.lengths[number]), QUIT_CAUSES[plays.causes[number]]
        steps = [
            wordless_step(
                place + 1,
                titles[plays.items[number, place]],
                round(float(plays.rewards[number, place]), 4),
                cause if place == length - 1 else None,
            )
            for place in range(length)
        ]
        episode = f"{cell.name}/{number:04d}"
        assignment = Assignment(user=user, episode=episode, at=0, number=number, batch=1)
        records.append(cell.record(assignment, {"steps": steps}, None))
    return records
