"""Policies of the offered list choose from what `act-only` is offered, and nothing else."""

from dataclasses import replace

import pytest

from experiments.playing.offered_policies import PICKS, offered_policy, session_of
from experiments.playing.policy_episodes import play_policy
from experiments.playing.run import CellPhase
from experiments.runs.methods import OFFERED_NOTES
from experiments.runs.records import Record
from experiments.runs.settings import RunSettings
from experiments.runs.variants import variant
from graph.load import load_parts
from nodes.actor import offered_items
from simulator import load_world
from simulator.environment import user_response

SIZE = 12
ROUNDS = 20


def cell(name: str) -> CellPhase:
    made = variant(name, "offline")
    settings = RunSettings("table3", "demo", (made,), episodes=SIZE, max_rounds=ROUNDS)
    return CellPhase(settings, load_world("demo"), made, 0, "frozen")


@pytest.fixture(scope="module")
def played() -> dict[str, list[Record]]:
    return {name: play_policy(cell(name)) for name in OFFERED_NOTES}


def test_each_that_is_told_of_can_be_played() -> None:
    assert PICKS.keys() == OFFERED_NOTES.keys()


def test_every_item_is_one_that_an_arm_without_plans_is_offered(
    played: dict[str, list[Record]],
) -> None:
    context = replace(cell("offered-random").context, arm="act-only")
    parts = load_parts(context)
    for records in played.values():
        for record in records[:4]:
            titles = [step["item"] for step in record["steps"]]
            shown = [parts.world.catalogue.find(title) or 0 for title in titles]
            for place, item in enumerate(shown):
                rated = [step["reward"] for step in record["steps"][:place]]
                state = session_of(record["user"], shown[:place], rated, parts.world)
                offered = offered_items(state, context, parts).candidates
                assert item in {one.item for one in offered}


def test_they_meet_the_same_users(played: dict[str, list[Record]]) -> None:
    met = [[record["user"] for record in records] for records in played.values()]
    assert met[0] == met[1] == met[2]


def test_the_oracle_ends_no_session_that_an_offered_item_could_have_kept(
    played: dict[str, list[Record]],
) -> None:
    context = cell("offered-oracle").context
    parts = load_parts(context)
    for record in played["offered-oracle"]:
        if record["cause"]:
            steps = record["steps"][:-1]
            shown = [parts.world.catalogue.find(step["item"]) or 0 for step in steps]
            rated = [step["reward"] for step in steps]
            state = session_of(record["user"], shown, rated, parts.world)
            for one in offered_items(state, context, parts).candidates:
                left = user_response(parts.half, parts.rule, record["user"], shown, one.item).cause
                assert left


def test_the_same_cell_is_played_alike_again(played: dict[str, list[Record]]) -> None:
    assert play_policy(cell("offered-random")) == played["offered-random"]


def test_a_policy_chooses_a_number_of_the_catalogue() -> None:
    one = cell("offered-taste")
    policy = offered_policy(one)(one.world)
    assert 0 <= policy.choose(3, []) < len(one.world.catalogue)
