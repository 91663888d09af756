"""Agents show nothing twice, and what they show depends on the user and the round alone."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from baselines import METHODS, Agent
from baselines.learner import AnyLearner
from simulator import World
from simulator import policies as policies_module
from simulator.batch_environment import Sessions
from simulator.quit_rule import QuitRule
from tests.baselines.conftest import quick
from tests.simulator.conftest import chance_world

CHOOSY = QuitRule(beta=1.2, window=3)
names = st.sampled_from(tuple(METHODS))
seeds = st.integers(0, 2**32 - 1)


def careless(name: str, world: World, seed: int) -> AnyLearner:
    """A method with large weights drawn by chance, so that its scores differ much."""
    learner = METHODS[name].learner(world, quick(name), seed % 1000, torch.device("cpu"))
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weights in learner.parameters():
            weights.copy_(torch.randn(weights.shape, generator=generator))
    return learner


def filled(world: World, rng: np.random.Generator, count: int = 7) -> Sessions:
    """Sessions of different lengths in which things were shown by chance, some of them twice."""
    items = len(world.catalogue)
    sessions = Sessions.start(rng.integers(world.users, size=count), items)
    for row, length in enumerate(rng.integers(items + 1, size=count)):
        sessions.shown[row, :length] = rng.integers(items, size=length)
        sessions.lengths[row] = length
    return sessions


@given(names, seeds, st.booleans())
@settings(max_examples=20, deadline=None)
def test_nothing_is_shown_twice_while_anything_is_left(name: str, seed: int, sampled: bool) -> None:
    world = chance_world(seed, CHOOSY, items=12)
    agent = Agent(careless(name, world, seed), sampled=sampled, seed=seed)
    sessions = Sessions.start([0, 1, 2], 13)
    for _ in range(12):
        sessions.append(agent.choose_all(sessions))
    assert np.sort(sessions.shown[:, :12], axis=1).tolist() == [list(range(12))] * 3


@given(names, seeds)
@settings(max_examples=15, deadline=None)
def test_where_some_was_shown_twice_the_rest_stays_hidden(name: str, seed: int) -> None:
    world = chance_world(seed, CHOOSY, items=12)
    agent = Agent(careless(name, world, seed))
    shown = [*range(11), *range(11)]
    assert agent.choose(0, shown) == 11


@given(names, seeds, st.booleans())
@settings(max_examples=15, deadline=None)
def test_when_all_was_shown_an_agent_still_chooses(name: str, seed: int, sampled: bool) -> None:
    world = chance_world(seed, CHOOSY, items=12)
    agent = Agent(careless(name, world, seed), sampled=sampled)
    assert agent.choose(0, list(range(12))) in range(12)


@given(names, seeds, st.booleans())
@settings(max_examples=20, deadline=None)
def test_an_agent_chooses_for_many_as_for_each_alone(name: str, seed: int, sampled: bool) -> None:
    world = chance_world(seed, CHOOSY)
    agent = Agent(careless(name, world, seed), sampled=sampled, seed=seed)
    sessions = filled(world, np.random.default_rng(seed))
    rows = zip(sessions.users, sessions.lengths, sessions.shown, strict=True)
    assert agent.choose_all(sessions).tolist() == [
        agent.choose(int(user), row[:length].tolist()) for user, length, row in rows
    ]


def test_choosing_in_small_parts_changes_nothing(
    toy: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = Agent(careless("a2c", toy, 1), sampled=True)
    sessions = filled(toy, np.random.default_rng(1))
    at_once = agent.choose_all(sessions).tolist()
    monkeypatch.setattr(policies_module, "CELLS_AT_ONCE", 2 * len(toy.catalogue))
    assert agent.choose_all(sessions).tolist() == at_once


def test_the_same_seed_user_and_round_give_the_same_sampled_item(toy: World) -> None:
    learner = careless("a2c", toy, 1)
    again = [Agent(learner, sampled=True, seed=5).choose(3, [1, 2]) for _ in range(3)]
    assert len(set(again)) == 1


@pytest.mark.parametrize("what", ["seed", "user", "round"])
def test_another_seed_user_or_round_draws_anew(what: str, toy: World) -> None:
    learner = METHODS["a2c"].learner(toy, quick("a2c"), 0, torch.device("cpu"))

    def drawn(number: int) -> int:
        seed, user = number if what == "seed" else 0, number if what == "user" else 0
        shown = list(range(number)) if what == "round" else []
        return Agent(learner, sampled=True, seed=seed).choose(user, shown)

    assert len({drawn(number) for number in range(20)}) > 5


def test_items_are_sampled_as_often_as_their_scores_say(toy: World) -> None:
    learner = METHODS["a2c"].learner(toy, quick("a2c"), 0, torch.device("cpu"))
    with torch.no_grad():
        learner.get_parameter("actor.biases")[0, 7] = float(np.log(3 * (len(toy.catalogue) - 1)))
    draws = [Agent(learner, sampled=True, seed=seed).choose(0, []) for seed in range(400)]
    assert 0.68 < np.mean(np.array(draws) == 7) < 0.82


def test_values_are_sampled_by_their_temperature(toy: World) -> None:
    shares = []
    for temperature in (0.01, 10.0):
        chosen = quick("dqn", temperature=temperature)
        learner = METHODS["dqn"].learner(toy, chosen, 0, torch.device("cpu"))
        with torch.no_grad():
            learner.get_parameter("network.biases")[0, 7] = 1.0
        draws = [Agent(learner, sampled=True, seed=seed).choose(0, []) for seed in range(40)]
        shares.append(np.mean(np.array(draws) == 7))
    assert shares[0] == 1.0
    assert shares[1] < 0.5
