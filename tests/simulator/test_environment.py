"""Episodes of the environment: how they begin, go on and end."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import Environment, QuitRule, Response, WorldError, user_response
from tests.simulator.conftest import line_world

FAR_APART = [0, 5, 1, 6, 2, 7]
PATIENT = QuitRule(beta=0.0, min_reward=0.0)
FUSSY = QuitRule(beta=2.0, window=2)


def test_a_welcome_item_leaves_the_episode_open() -> None:
    env = Environment(line_world(FUSSY))
    env.reset(0)
    outcome = env.step(5)
    assert (outcome.reward, outcome.terminated, outcome.truncated) == (5.0, False, False)


def test_a_user_who_quits_terminates_the_episode_and_does_not_truncate_it() -> None:
    env = Environment(line_world(FUSSY))
    env.reset(0)
    outcome = env.step(4)
    assert (outcome.terminated, outcome.truncated, outcome.cause) == (True, False, "disliked")


def test_the_cap_truncates_the_episode_and_does_not_terminate_it() -> None:
    env = Environment(line_world(PATIENT), max_rounds=3)
    env.reset(0)
    outcomes = [env.step(item) for item in FAR_APART[:3]]
    assert [outcome.truncated for outcome in outcomes] == [False, False, True]
    assert not any(outcome.terminated for outcome in outcomes)


def test_a_user_who_quits_in_the_last_round_is_not_truncated() -> None:
    env = Environment(line_world(FUSSY), max_rounds=1)
    env.reset(0)
    outcome = env.step(4)
    assert (outcome.terminated, outcome.truncated) == (True, False)


def test_the_last_step_carries_its_true_reward() -> None:
    env = Environment(line_world(FUSSY))
    env.reset(0)
    assert env.step(4).reward == 1.0


@pytest.mark.parametrize("last", [4, 0], ids=["terminated", "truncated"])
def test_a_step_after_the_end_is_refused(last: int) -> None:
    env = Environment(line_world(FUSSY), max_rounds=1)
    env.reset(0)
    env.step(last)
    with pytest.raises(WorldError, match=r"call reset\(user\)"):
        env.step(5)


def test_a_step_before_the_first_reset_is_refused() -> None:
    with pytest.raises(WorldError, match=r"call reset\(user\)"):
        Environment(line_world(FUSSY)).step(0)


@pytest.mark.parametrize("item", [-1, 10])
def test_an_unknown_item_is_refused_and_costs_no_round(item: int) -> None:
    env = Environment(line_world(FUSSY))
    env.reset(0)
    with pytest.raises(WorldError, match=f"unknown item {item}: items are 0 to 9"):
        env.step(item)
    assert env.shown == []


def test_reset_forgets_the_episode_before() -> None:
    env = Environment(line_world(FUSSY))
    env.reset(0)
    env.step(0)
    env.reset(0)
    assert env.step(0).cause is None


def test_reset_tells_what_the_user_viewed_before() -> None:
    assert Environment(line_world(FUSSY)).reset(1) == (2,)


@given(shown=st.lists(st.integers(0, 9), max_size=8), item=st.integers(0, 9))
def test_the_response_of_a_user_depends_on_its_arguments_alone(shown: list[int], item: int) -> None:
    world = line_world(FUSSY)
    half, before = world.half("test"), list(shown)
    first = user_response(half, world.rule, 0, shown, item)
    user_response(half, world.rule, 1, [3], 7)
    assert user_response(half, world.rule, 0, shown, item) == first
    assert shown == before


@given(st.lists(st.integers(0, 9), min_size=1, max_size=8))
def test_the_environment_answers_as_respond_does(chosen: list[int]) -> None:
    world = line_world(FUSSY)
    env = Environment(world, "test")
    env.reset(0)
    for item in chosen:
        expected = user_response(world.half("test"), FUSSY, 0, env.shown, item)
        outcome = env.step(item)
        assert Response(outcome.reward, outcome.cause) == expected
        if env.over:
            break


def test_a_rule_of_ones_own_takes_the_place_of_the_worlds() -> None:
    env = Environment(line_world(FUSSY), rule=PATIENT)
    env.reset(0)
    assert [env.step(item).cause for item in (4, 3, 9)] == [None, None, None]


def test_rewards_are_plain_floats() -> None:
    world = line_world(FUSSY, np.full((2, 10), 3.3).tolist())
    assert type(user_response(world.half("train"), FUSSY, 0, [], 0).reward) is float
