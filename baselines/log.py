"""The training log as transitions, for methods that learn from what was once shown.

A world keeps of its training log what each user viewed, in order, and a model of the ratings. So
the log is played back: every history is shown item by item to its user on the training half, which
rates it; where the user would have left, a session ends and the next item begins another.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baselines.errors import BaselineError
from baselines.experience import Experience
from baselines.observe import Floats, Observer, ragged, sums
from simulator import World
from simulator.ragged import Ragged
from simulator.vector import BatchEnvironment, Rows

LARGEST = 512_000  # transitions: as many as 2,000 updates of 256 look at

Ints = NDArray[np.integer]


@dataclass(frozen=True, eq=False)
class Log:
    """Logged transitions and who sees them: each session is a viewer of its own.

    What they viewed before is all that their user viewed outside that session, so that no history
    gives away the item that comes next.
    """

    experience: Experience
    observer: Observer


def read_log(world: World, observer: Observer) -> Log:
    """Plays back the histories of as many users as are needed."""
    histories = ragged(world.histories)
    users = logged_users(histories)
    if not len(users):
        raise BaselineError(
            f"nobody in world {world.name!r} viewed anything: without a log only dqn, a2c and "
            "dorl can learn"
        )
    log = _played(world, users, Ragged.of([histories[int(user)] for user in users]))
    starts = np.flatnonzero(log.places[0] == 0)
    owners = log.users[0, starts]
    log.users[0] = np.cumsum(log.places[0] == 0) - 1
    sessions = Ragged(log.items[0], np.append(starts, len(log)))
    vectors = observer.items.cpu().numpy()
    return Log(log, observer.with_histories(_outside(sessions, histories, owners, vectors)))


def logged_histories(world: World) -> Ragged:
    """The histories of those users of whom the log tells."""
    histories = ragged(world.histories)
    return Ragged.of([histories[int(user)] for user in logged_users(histories)])


def logged_users(histories: Ragged) -> Rows:
    """Those who viewed something, or a random part of them where that is too much."""
    lengths = np.diff(histories.starts)
    order = np.random.default_rng(0).permutation(np.flatnonzero(lengths))
    return np.sort(order[np.cumsum(lengths[order]) <= LARGEST])


def _played(world: World, users: Rows, viewed: Ragged) -> Experience:
    """One lane with all transitions, user after user."""
    lengths = np.diff(viewed.starts)
    log = Experience.room_for(1, len(viewed.values))
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


def _outside(
    sessions: Ragged, histories: Ragged, owners: Sequence[int] | Ints, vectors: Floats
) -> Floats:
    """The mean vector of what a session's user viewed outside it."""
    rest = sums(histories, vectors)[owners] - sums(sessions, vectors)
    counts = np.diff(histories.starts)[owners] - np.diff(sessions.starts)
    return np.asarray(rest / np.maximum(counts, 1)[:, None], np.float32)
