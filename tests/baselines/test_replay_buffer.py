"""What is kept of playing gives back every session as it was."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from baselines.observer import Observer
from baselines.replay_buffer import ReplayBuffer
from simulator import QuitRule
from simulator.batch_environment import BatchEnvironment, Sessions
from tests.simulator.conftest import chance_world, line_world

seeds = st.integers(0, 2**32 - 1)


def shown_in(sessions: Sessions) -> list[tuple[int, list[int]]]:
    """Who was shown what."""
    rows = zip(sessions.users, sessions.shown, sessions.lengths, strict=True)
    return [(int(user), row[:length].tolist()) for user, row, length in rows]


@given(seeds)
@settings(max_examples=40, deadline=None)
def test_sessions_are_put_together_as_they_were(seed: int) -> None:
    rng = np.random.default_rng(seed)
    world = chance_world(seed, QuitRule(beta=0.3, min_reward=1.2))
    environment = BatchEnvironment(world, "train", max_rounds=6)
    environment.reset(rng.integers(world.users, size=3))
    experience, before, after = ReplayBuffer.empty(3, 40), [], []
    for _ in range(30):
        before += shown_in(environment.sessions)
        outcome = environment.step(rng.integers(30, size=3))
        experience.add(environment.sessions, outcome)
        after += shown_in(environment.sessions)
        environment.restart_finished(rng)
    steps, lanes = np.divmod(np.arange(90), 3)
    assert shown_in(experience.sessions(lanes, steps, shown=0)) == before
    assert shown_in(experience.sessions(lanes, steps, shown=1)) == after


def test_transitions_are_drawn_from_what_happened_alone() -> None:
    world = line_world(QuitRule(beta=0.0, min_reward=3.0))
    environment = BatchEnvironment(world, "train")
    environment.reset([0, 1])
    experience = ReplayBuffer.empty(2, 50)
    for items in ([0, 3], [2, 4], [3, 5]):
        experience.add(environment.sessions, environment.step(items))
    observer = Observer.of(world, torch.device("cpu"))
    drawn = experience.sample(200, np.random.default_rng(0), observer)
    rows = zip(drawn.items.tolist(), drawn.rewards.tolist(), drawn.stays.tolist(), strict=True)
    assert set(rows) == {
        (0, 5.0, 1.0), (2, 3.0, 1.0), (3, 2.0, 0.0),
        (3, 5.0, 1.0), (4, 5.0, 1.0), (5, 5.0, 1.0),
    }  # fmt: skip


def test_experience_comes_back_from_its_arrays_and_goes_on() -> None:
    world = line_world(QuitRule(beta=0.0, min_reward=0.0))
    environment = BatchEnvironment(world, "train")
    environment.reset([0, 1])
    experience, copy = ReplayBuffer.empty(2, 5), ReplayBuffer.empty(2, 5)
    experience.add(environment.sessions, environment.step([4, 7]))
    copy.refill(experience.arrays())
    outcome = environment.step([1, 2])
    experience.add(environment.sessions, outcome)
    copy.add(environment.sessions, outcome)
    assert len(copy) == 4
    for name, array in experience.arrays().items():
        assert copy.arrays()[name].tolist() == array.tolist()
