"""Halves of a log: by time where it means something, whole users on both sides."""

import numpy as np
import pytest

from simulator import Catalogue, WorldError
from simulator.building.split import hold_out, resolve_split, split_halves
from simulator.logs import Log


def log_of(users: int, each: int, times: str, seed: int = 0) -> Log:
    """Every user rates as many items; ratings fall with `sorted` times and not with real ones."""
    rng = np.random.default_rng(seed)
    ratings = rng.choice([2.0, 5.0], (users, each)).astype(np.float32)
    if times == "sorted":
        ratings = -np.sort(-ratings, axis=1)
    when = np.tile(np.arange(each, dtype=np.int64), users)
    return Log(
        users=np.repeat(np.arange(users, dtype=np.int32), each),
        items=np.tile(np.arange(each, dtype=np.int32), users),
        ratings=ratings.ravel(),
        times=None if times == "none" else when,
        user_names=tuple(map(str, range(users))),
        item_names=tuple(map(str, range(each))),
        catalogue=Catalogue.of((f"Item {n}", ()) for n in range(each)),
    )


def test_the_earlier_half_of_every_user_trains() -> None:
    log = log_of(users=20, each=7, times="real")
    train, test = split_halves(log, "time", seed=0)
    assert log.times is not None
    for user in range(20):
        early = log.times[train[log.users[train] == user]]
        late = log.times[test[log.users[test] == user]]
        assert (len(early), len(late)) == (4, 3)
        assert early.max() < late.min()


@pytest.mark.parametrize("how", ["time", "random"])
def test_halves_are_the_whole_log_and_share_no_row(how: str) -> None:
    log = log_of(users=15, each=6, times="real")
    train, test = split_halves(log, how, seed=3)  # type: ignore[arg-type]
    assert sorted([*train, *test]) == list(range(len(log)))


def test_random_halves_depend_on_the_seed_alone() -> None:
    log = log_of(users=15, each=6, times="none")
    first, again, other = (split_halves(log, "random", seed)[0].tolist() for seed in (1, 1, 2))
    assert first == again != other


@pytest.mark.parametrize(
    ("times", "expected"), [("real", "time"), ("none", "random"), ("sorted", "random")]
)
def test_times_that_only_follow_the_ratings_are_not_trusted(times: str, expected: str) -> None:
    assert resolve_split(log_of(users=80, each=8, times=times), "auto") == expected


def test_halves_by_time_need_times() -> None:
    with pytest.raises(WorldError, match="no times"):
        split_halves(log_of(users=3, each=4, times="none"), "time", seed=0)


def test_what_is_held_out_and_what_is_left_are_all_rows() -> None:
    left, aside = hold_out(np.arange(1000), 0.1, np.random.default_rng(0))
    assert sorted([*left, *aside]) == list(range(1000))
    assert 60 <= len(aside) <= 140
