"""The training log: what was rated, where users left, and what they viewed before."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch

from baselines import logged_transitions as log_module
from baselines.logged_transitions import LoggedTransitions, log_transitions
from baselines.observer import Observer, item_vectors
from simulator import QuitRule, World
from tests.simulator.conftest import line_world

CPU = torch.device("cpu")
RULE = QuitRule(beta=1.5, window=1, min_reward=2.0)


def world_of(*histories: Sequence[int]) -> World:
    return replace(line_world(RULE), histories=histories)


def log_of(*histories: Sequence[int]) -> LoggedTransitions:
    world = world_of(*histories)
    return log_transitions(world, Observer.of(world, CPU))


def test_sessions_end_where_the_user_would_have_left() -> None:
    # to user 0 item 4 is worth 1, and to user 1, who likes all, 3 is too near to 2
    log = log_of([0, 2, 4, 6, 0], [2, 3, 5]).buffer
    assert log.items[0].tolist() == [0, 2, 4, 6, 0, 2, 3, 5]
    assert log.rewards[0].tolist() == [5, 3, 1, 4, 5, 5, 5, 5]
    assert log.left[0].tolist() == [False, False, True, False, False, False, True, False]
    assert log.places[0].tolist() == [0, 1, 2, 0, 1, 0, 1, 0]


def test_an_item_viewed_twice_in_a_session_ends_it() -> None:
    log = log_of([0, 2, 0, 5], [1]).buffer
    assert log.left[0].tolist() == [False, False, True, False, False]


def test_users_without_a_history_are_not_in_the_log() -> None:
    log = log_of([], [2, 5])
    assert log.buffer.items[0].tolist() == [2, 5]
    assert log.buffer.rewards[0].tolist() == [5, 5]


def test_what_a_viewer_saw_before_leaves_out_the_session_itself() -> None:
    world = world_of([0, 2, 4, 6, 0], [2, 5])
    log = log_transitions(world, Observer.of(world, CPU))
    vectors = item_vectors(world)
    viewers = log.observer.histories.numpy()
    assert log.buffer.users[0].tolist() == [0, 0, 0, 1, 1, 2, 2]
    assert viewers[0] == pytest.approx(vectors[[6, 0]].mean(axis=0), abs=1e-6)
    assert viewers[1] == pytest.approx(vectors[[0, 2, 4]].mean(axis=0), abs=1e-6)
    assert viewers[2].tolist() == [0.0] * len(vectors[0])


def test_of_a_log_too_long_whole_users_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_module, "LARGEST", 4)
    log = log_of([0, 2, 5], [1, 4, 7]).buffer
    assert log.items[0].tolist() in ([0, 2, 5], [1, 4, 7])


def test_the_log_is_rated_by_the_training_half() -> None:
    world = world_of([0, 5], [1])
    test = replace(world.half("test"), vectors=np.full((10, 1), np.nan, np.float32))
    other = replace(world, halves={"train": world.half("train"), "test": test})
    logs = [log_transitions(each, Observer.of(each, CPU)).buffer for each in (world, other)]
    assert logs[0].left.tolist() == logs[1].left.tolist()
    assert logs[0].rewards.tolist() == logs[1].rewards.tolist()
