"""Many users at once behave as each would alone."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import Environment, QuitRule, WorldError
from simulator.batch_environment import NO_ITEM, BatchEnvironment, Sessions
from simulator.quit_rule import QUIT_CAUSES, nearest_distance, nearest_distances
from tests.simulator.conftest import chance_world, line_world

CALM = QuitRule(beta=0.0, min_reward=0.0, no_repeats=False)
windows = st.integers(0, 8)
seeds = st.integers(0, 2**32 - 1)


def rules(beta: float, window: int, paper: bool) -> QuitRule:
    rule = QuitRule(beta, window)
    return rule.as_in_paper() if paper else rule


@settings(max_examples=120, deadline=None)
@given(seeds, windows, st.booleans(), st.floats(0.0, 4.0), st.integers(1, 12))
def test_random_play_goes_as_in_one_environment_a_user(
    seed: int, window: int, paper: bool, beta: float, max_rounds: int
) -> None:
    rng = np.random.default_rng(seed)
    world = chance_world(seed, rules(beta, window, paper))
    users = rng.integers(world.users, size=9)
    batch = BatchEnvironment(world, "test", max_rounds=max_rounds)
    batch.reset(users)
    alone = [Environment(world, "test", max_rounds=max_rounds) for _ in users]
    for env, user in zip(alone, users, strict=True):
        env.reset(user)
    for _ in range(15):
        items = rng.integers(len(world.catalogue), size=len(users))
        outcome = batch.step(items)
        for row, (env, item) in enumerate(zip(alone, items.tolist(), strict=True)):
            expected = env.step(item)
            assert outcome.rewards[row] == expected.reward
            assert outcome.terminated[row] == expected.terminated
            assert outcome.truncated[row] == expected.truncated
            assert outcome.cause_names()[row] == expected.cause
        finished = np.flatnonzero(outcome.over)
        batch.restart(finished, users[finished])
        for row in finished.tolist():
            alone[row].reset(int(users[row]))


@settings(max_examples=200, deadline=None)
@given(seeds, windows, st.booleans(), st.sampled_from([-1e-9, 0.0, 1e-9]))
def test_the_cause_is_the_same_where_a_figure_is_just_at_its_limit(
    seed: int, window: int, paper: bool, beside: float
) -> None:
    rng = np.random.default_rng(seed)
    vectors = chance_world(seed, CALM).half("test").vectors
    shown = rng.integers(len(vectors), size=(40, 10))
    items = rng.integers(len(vectors), size=40)
    rewards = rng.choice([1.0, 2.0, 2.0000002, 5.0], 40).astype(np.float32)
    beta = nearest_distance(int(items[0]), shown[0].tolist(), vectors) + beside
    rule = replace(rules(beta, window, paper), min_reward=2.0 + beside)
    recent = shown[:, ::-1][:, :window]
    repeated = (shown == items[:, None]).any(axis=1)
    codes = rule.causes(items, repeated, recent, rewards, vectors)
    assert [QUIT_CAUSES[code] for code in codes] == [
        rule.cause(item, row, float(reward), vectors)
        for item, row, reward in zip(items.tolist(), shown.tolist(), rewards, strict=True)
    ]


@given(seeds, st.integers(1, 8))
def test_distances_of_many_are_those_of_each_to_the_last_bit(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(20, rng.integers(1, 40))).astype(np.float32)
    items, others = rng.integers(20, size=5), rng.integers(20, size=(5, count))
    assert nearest_distances(items, others, vectors).tolist() == [
        nearest_distance(item, row, vectors)
        for item, row in zip(items.tolist(), others.tolist(), strict=True)
    ]


def test_whoever_was_shown_nothing_is_infinitely_far_from_it() -> None:
    vectors = np.zeros((3, 2), np.float32)
    nobody = np.full((1, 4), NO_ITEM)
    assert nearest_distances(np.array([2]), nobody, vectors).tolist() == [np.inf]


@given(st.lists(st.lists(st.integers(0, 50), max_size=9), min_size=1, max_size=5), windows)
def test_the_recent_items_are_the_last_ones_latest_first(rows: list[list[int]], count: int) -> None:
    sessions = Sessions.start(range(len(rows)), 9)
    for row, items in enumerate(rows):
        sessions.shown[row, : len(items)] = items
        sessions.lengths[row] = len(items)
    assert sessions.recent(count).tolist() == [
        (items[::-1] + [NO_ITEM] * count)[:count] for items in rows
    ]


def test_the_user_drawn_for_a_finished_session_depends_on_the_seed_only() -> None:
    def users_met(seed: int) -> list[list[int]]:
        env, rng = (
            BatchEnvironment(chance_world(1, CALM), max_rounds=1),
            np.random.default_rng(seed),
        )
        env.reset([0] * 5)
        met = []
        for _ in range(4):
            env.step([0] * 5)
            env.restart_finished(rng)
            met.append(env.sessions.users.tolist())
        return met

    assert users_met(3) == users_met(3)
    assert users_met(3) != users_met(4)


def test_a_new_session_in_an_old_row_has_forgotten_what_was_shown_there() -> None:
    env = BatchEnvironment(line_world(QuitRule(beta=1.0)), max_rounds=1)
    env.reset([0])
    env.step([0])
    env.restart(np.array([0]), [0])
    assert env.step([0]).cause_names() == [None]


def test_the_kept_sessions_go_on_as_they_were() -> None:
    env = BatchEnvironment(line_world(QuitRule(beta=1.0)))
    env.reset([0, 1, 1])
    assert env.step([4, 5, 6]).cause_names() == ["disliked", None, None]
    env.keep(np.array([False, False, True]))
    assert env.step([6]).cause_names() == ["repeated"]


def test_of_a_session_that_is_over_no_step_is_taken() -> None:
    env = BatchEnvironment(line_world(QuitRule(beta=1.0)))
    env.reset([0, 1])
    env.step([4, 4])
    with pytest.raises(WorldError, match="a session is over: call reset, restart or keep"):
        env.step([0, 0])


@pytest.mark.parametrize("users", [[0, 2], [-1], [0.5], [True]])
def test_unknown_users_are_refused(users: Sequence[int]) -> None:
    with pytest.raises(WorldError, match="users are 0 to 1"):
        BatchEnvironment(line_world(CALM)).reset(users)


@pytest.mark.parametrize("items", [[10], [-1], [1.0]])
def test_unknown_items_are_refused(items: Sequence[int]) -> None:
    env = BatchEnvironment(line_world(CALM))
    env.reset([0])
    with pytest.raises(WorldError, match=r"unknown item .*items are 0 to 9"):
        env.step(items)


def test_every_user_needs_an_item() -> None:
    env = BatchEnvironment(line_world(CALM))
    env.reset([0, 1])
    with pytest.raises(WorldError, match=r"expected shape \(2,\), got \(1,\)"):
        env.step([0])
