"""The training log as transitions, for offline methods.

A world has each user's viewing history and a reward model rather than the logged ratings. So the
log is replayed: every history is shown item by item to its user on the training half; where the
user quits, a session ends and the next item starts another.
"""

from typing import NamedTuple

import numpy as np

from baselines.errors import BaselineError
from baselines.observer import Observer, sums
from baselines.replay_buffer import ReplayBuffer
from simulator import World
from simulator.arrays import Indices
from simulator.batch_environment import BatchEnvironment
from simulator.ragged import Ragged

LARGEST = 512_000  # transitions, as many as 2,000 updates of 256 sample


class LoggedTransitions(NamedTuple):
    """Logged transitions and their observer, to which each session is a user of its own.

    A session's viewing history is what its user viewed outside the session, so that no history
    reveals the next item.
    """

    buffer: ReplayBuffer
    observer: Observer


def log_transitions(world: World, observer: Observer) -> LoggedTransitions:
    """Replays the histories of up to `LARGEST` transitions."""
    users, viewed = logged_histories(world)
    if not len(users):
        raise BaselineError(
            f"nobody in world {world.name!r} viewed anything: without a log only dqn, a2c and "
            "dorl can learn"
        )
    log = _played(world, users, viewed)
    starts = np.flatnonzero(log.places[0] == 0)
    owners = log.users[0, starts]
    log.users[0] = np.cumsum(log.places[0] == 0) - 1
    sessions = Ragged(log.items[0], np.append(starts, len(log)))
    vectors, histories = observer.items.cpu().numpy(), Ragged.of(world.histories)
    outside = sums(histories, vectors)[owners] - sums(sessions, vectors)
    counts = np.diff(histories.starts)[owners] - np.diff(sessions.starts)
    means = np.asarray(outside / np.maximum(counts, 1)[:, None], np.float32)
    return LoggedTransitions(log, observer.with_histories(means))


def logged_histories(world: World) -> tuple[Indices, Ragged]:
    """Users with a history, or a random part of them above `LARGEST` views; and the histories."""
    histories = Ragged.of(world.histories)
    lengths = np.diff(histories.starts)
    order = np.random.default_rng(0).permutation(np.flatnonzero(lengths))
    users = np.sort(order[np.cumsum(lengths[order]) <= LARGEST])
    return users, Ragged.of([histories[int(user)] for user in users])


def _played(world: World, users: Indices, viewed: Ragged) -> ReplayBuffer:
    """A buffer of one lane with all transitions, user after user."""
    lengths = np.diff(viewed.starts)
    log = ReplayBuffer.empty(1, len(viewed.values))
    log.filled, longest = len(viewed.values), int(lengths.max(initial=1))
    environment = BatchEnvironment(world, "train", max_rounds=longest)
    environment.reset(users)
    rows = np.arange(len(users))
    for step in range(longest):
        going = lengths[rows] > step
        environment.keep(going)
        rows = rows[going]
        columns = viewed.starts[rows] + step
        outcome = environment.step(viewed.values[columns])
        sessions = environment.sessions
        log.users[0, columns], log.items[0, columns] = sessions.users, viewed.values[columns]
        log.places[0, columns], log.rewards[0, columns] = sessions.lengths - 1, outcome.rewards
        log.left[0, columns] = outcome.terminated
        over = np.flatnonzero(outcome.over)
        environment.restart(over, sessions.users[over])
    return log
