"""Finding worlds, halves and users, and being told what there is when they cannot be found."""

from dataclasses import replace

import numpy as np
import pytest

from simulator import HALVES, Half, QuitRule, WorldError, load_world
from simulator.rewards.averaged import Averaged
from tests.simulator.conftest import Table, line_world

WORLD = line_world(QuitRule(beta=1.0))


@pytest.mark.parametrize("user", [-1, 2, 10**30, True, "0", "a\nb", None, 1.0])
def test_an_unknown_user_is_refused_in_one_line_that_says_which_exist(user: object) -> None:
    with pytest.raises(WorldError) as refusal:
        WORLD.check_user(user)
    assert str(refusal.value) == f"unknown user {user!r} in world 'line': users are 0 to 1"


def test_every_user_of_the_world_is_known() -> None:
    assert [WORLD.check_user(user) for user in range(WORLD.users)] == [0, 1]


def test_an_unknown_half_is_refused_and_told_the_two_there_are() -> None:
    with pytest.raises(WorldError, match="unknown half 'dev' of world 'line': use 'train' or"):
        WORLD.half("dev")


def test_users_of_the_training_half_are_expected_to_rate_as_the_crossfit_has_it() -> None:
    crossfit = Table(np.full((2, 10), 3.0, np.float32))
    world = replace(WORLD, crossfit=crossfit)
    assert world.expected("train") is crossfit
    assert world.expected("test") is world.half("train").rewards


def test_models_rate_on_average() -> None:
    averaged = Averaged([Table(np.full((2, 10), rating, np.float32)) for rating in (2.0, 3.0)])
    assert averaged.rate(1).tolist() == [2.5] * 10
    assert averaged.rate(1, [4, 5]).tolist() == [2.5] * 2
    assert averaged.rate_pairs(np.array([0, 1]), np.array([3, 3])).tolist() == [2.5] * 2
    assert averaged.rate_all(np.array([0, 1])).tolist() == [[2.5] * 10] * 2


def test_without_a_crossfit_the_training_half_is_what_is_expected() -> None:
    others = Half(Table(np.ones((2, 10), np.float32)), WORLD.half("test").vectors)
    world = replace(WORLD, halves={"train": WORLD.half("train"), "test": others})
    assert {world.expected(half) for half in HALVES} == {world.half("train").rewards}


def test_a_misspelt_world_is_told_the_nearest_name() -> None:
    with pytest.raises(WorldError, match="unknown world 'dmeo': did you mean 'demo'"):
        load_world("dmeo")


def test_a_name_like_no_world_is_told_all_of_them() -> None:
    with pytest.raises(WorldError, match="unknown world 'zzz': known worlds: demo"):
        load_world("zzz")


def test_a_world_is_made_once_a_process() -> None:
    assert load_world("demo") is load_world("demo")
