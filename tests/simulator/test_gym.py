"""The environment keeps gymnasium's contract, alone and side by side."""

import importlib
import subprocess
import sys
import warnings

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env, data_equivalence
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from gymnasium.wrappers.vector import RecordEpisodeStatistics
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import QuitRule, World, WorldError, load_world
from simulator.gym import RECENT, WorldEnv, WorldVectorEnv
from tests.simulator.conftest import chance_world, line_world

LINE = line_world(QuitRule(beta=1.0))
NONE = len(LINE.catalogue)


@pytest.mark.parametrize("world", [load_world("demo"), LINE], ids=["demo", "line"])
def test_gymnasium_finds_nothing_to_warn_of(world: World) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(WorldEnv(world))


def test_what_was_shown_is_seen_latest_first_and_filled_up_with_nothing() -> None:
    env = WorldEnv(LINE)
    env.reset(options={"user": 1})
    env.step(np.int64(3))
    seen, *_ = env.step(np.int64(7))
    assert seen["user"] == 1
    assert seen["recent"].tolist() == [7, 3] + [NONE] * (RECENT - 2)


def test_a_user_who_quits_says_why() -> None:
    env = WorldEnv(LINE)
    env.reset(options={"user": 0})
    _, reward, terminated, truncated, info = env.step(np.int64(4))
    assert (reward, terminated, truncated, info) == (1.0, True, False, {"cause": "disliked"})


def test_a_user_who_stays_to_the_cap_is_truncated_without_a_cause() -> None:
    env = WorldEnv(LINE, max_rounds=1)
    env.reset(options={"user": 1})
    _, _, terminated, truncated, info = env.step(np.int64(4))
    assert (terminated, truncated, info) == (False, True, {})


def test_the_same_seed_brings_the_same_users() -> None:
    env = WorldEnv(load_world("demo"))

    def users(seed: int) -> list[int]:
        first = env.reset(seed=seed)[0]["user"]
        return [int(first), *(int(env.reset()[0]["user"]) for _ in range(5))]

    assert users(1) == users(1)
    assert users(1) != users(2)


def test_an_unknown_user_is_refused() -> None:
    with pytest.raises(WorldError, match="users are 0 to 1"):
        WorldEnv(LINE).reset(options={"user": 2})


def test_its_specification_makes_it_again_without_copying_the_world() -> None:
    env = WorldEnv(LINE, "test", max_rounds=3)
    assert env.spec is not None
    again = env.spec.make().unwrapped
    assert isinstance(again, WorldEnv)
    assert again.environment.world is LINE
    assert again.environment.max_rounds == 3


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_many_at_once_go_as_gymnasium_would_run_them_side_by_side(seed: int) -> None:
    world = chance_world(seed, QuitRule(beta=0.8), users=1)  # one, so that chance has no choice
    together = WorldVectorEnv(world, 5, max_rounds=4)
    apart = SyncVectorEnv(
        [lambda: WorldEnv(world, max_rounds=4)] * 5, autoreset_mode=AutoresetMode.SAME_STEP
    )
    assert data_equivalence(together.reset(seed=seed), apart.reset(seed=seed), exact=True)
    assert together.observation_space == apart.observation_space
    assert together.action_space == apart.action_space
    apart.action_space.seed(seed)
    for _ in range(12):
        items = apart.action_space.sample()
        assert data_equivalence(together.step(items), apart.step(items), exact=True)


def test_observations_of_many_lie_in_their_space() -> None:
    env = WorldVectorEnv(LINE, 3)
    env.action_space.seed(0)
    seen, _ = env.reset(seed=0)
    for _ in range(20):
        assert seen in env.observation_space
        seen, *_ = env.step(env.action_space.sample())


def test_the_same_seed_and_actions_give_many_the_same_course() -> None:
    def course(seed: int) -> list[object]:
        env = WorldVectorEnv(load_world("demo"), 8)
        env.action_space.seed(5)
        return [env.reset(seed=seed), *(env.step(env.action_space.sample()) for _ in range(9))]

    assert data_equivalence(course(1), course(1), exact=True)
    assert not data_equivalence(course(1), course(2))


def test_the_first_users_of_many_can_be_named() -> None:
    env = WorldVectorEnv(LINE, 3)
    assert env.reset(options={"users": [1, 0, 1]})[0]["user"].tolist() == [1, 0, 1]


def test_as_many_users_are_named_as_there_are_environments() -> None:
    with pytest.raises(WorldError, match="expected 3 users, one per environment: got 2"):
        WorldVectorEnv(LINE, 3).reset(options={"users": [1, 0]})


def test_gymnasiums_own_wrapper_counts_the_rounds_of_many_right() -> None:
    env = RecordEpisodeStatistics(WorldVectorEnv(LINE, 2))
    env.reset(options={"users": [1, 1]})
    env.step(np.array([0, 0]))
    *_, info = env.step(np.array([5, 0]))  # the second sees the same again and quits
    assert info["episode"]["l"].tolist() == [0, 2]
    assert info["final_info"]["cause"].tolist() == [None, "repeated"]


def test_without_gymnasium_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gymnasium", None)
    monkeypatch.delitem(sys.modules, "simulator.gym")
    with pytest.raises(ImportError, match=r"pip install 'billp\[baselines\]'"):
        importlib.import_module("simulator.gym")


def test_the_simulator_itself_does_not_load_gymnasium() -> None:
    code = "import sys, simulator; sys.exit('gymnasium' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
