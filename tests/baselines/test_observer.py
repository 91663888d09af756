"""What a learner sees of sessions."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from baselines.observer import RECENT, Observer, item_vectors
from simulator import QuitRule, World
from simulator.batch_environment import Sessions
from tests.simulator.conftest import chance_world, line_world

CPU = torch.device("cpu")
WORLD = chance_world(0, QuitRule(beta=0.5))
SIZE = 7 + 2


def seen(world: World, user: int, *shown: int) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
    observed = Observer.of(world, CPU)(Sessions.one(user, shown))
    features: np.ndarray[tuple[int], np.dtype[np.float32]] = observed.features[0].numpy()
    return features


def test_the_latest_item_comes_first_and_nothing_is_all_zeros() -> None:
    vectors = item_vectors(WORLD)
    slots = seen(WORLD, 0, 3, 8)[: RECENT * SIZE].reshape(RECENT, SIZE)
    assert slots[0].tolist() == vectors[8].tolist()
    assert slots[1].tolist() == vectors[3].tolist()
    assert not slots[2:].any()


def test_the_history_is_seen_as_its_mean() -> None:
    history = seen(WORLD, 2)[RECENT * SIZE : -1]
    expected = item_vectors(WORLD)[list(WORLD.histories[2])].mean(axis=0)
    assert history == pytest.approx(expected, abs=1e-6)


def test_a_user_without_a_history_is_seen_as_zeros() -> None:
    world = replace(WORLD, histories=[()] * WORLD.users)
    assert not seen(world, 0)[RECENT * SIZE :].any()


def test_items_before_the_last_few_are_seen_only_in_the_number_of_rounds() -> None:
    early, late = seen(WORLD, 0, *range(12)), seen(WORLD, 0, 20, *range(1, 12))
    assert early.tolist() == late.tolist()
    assert early[-1] == pytest.approx(np.log1p(12))


def test_all_that_was_shown_is_hidden() -> None:
    sessions = Sessions.start([0, 1, 2], 20)
    for items in ([4, 5, 6], [7, 8, 9]):
        sessions.append(np.array(items))
    sessions.replace(np.array([1]), [3])
    observed = Observer.of(WORLD, CPU)(sessions)
    pairs = zip(observed.rows.tolist(), observed.shown.tolist(), strict=True)
    assert list(pairs) == [(0, 4), (0, 7), (2, 6), (2, 9)]


def test_vectors_keep_the_proportions_of_their_distances() -> None:
    vectors, raw = item_vectors(WORLD)[:, :7], WORLD.half("train").vectors
    scaled = np.linalg.norm(vectors[3] - vectors[4]) / np.linalg.norm(vectors[3] - vectors[9])
    expected = np.linalg.norm(raw[3] - raw[4]) / np.linalg.norm(raw[3] - raw[9])
    assert scaled == pytest.approx(expected, rel=1e-4)


def test_popularity_is_counted_from_histories_where_a_world_does_not_say() -> None:
    world = replace(line_world(QuitRule(beta=0.0)), histories=[(1, 1, 3), (3,)])
    assert world.item_popularity().tolist() == [0, 2, 0, 2, 0, 0, 0, 0, 0, 0]


def test_items_all_alike_are_no_numbers_that_break() -> None:
    world = line_world(QuitRule(beta=0.0))
    half = replace(world.half("train"), vectors=np.ones((10, 3), np.float32))
    alike = replace(world, halves={"train": half, "test": half}, histories=[(), ()])
    assert np.isfinite(item_vectors(alike)).all()
