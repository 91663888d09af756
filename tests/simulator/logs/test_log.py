"""A k-core is the largest part of a log in which everybody has k ratings."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import Catalogue, WorldError
from simulator.logs import Log, k_core
from simulator.logs.log import distinct_rows

pairs = st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)), min_size=1, max_size=50)
small = st.integers(1, 4)


def log_of(pairs: set[tuple[int, int]], times: bool = True) -> Log:
    rows = sorted(pairs, key=hash)
    users = np.array([user for user, _ in rows], np.int32)
    items = np.array([item for _, item in rows], np.int32)
    return Log(
        users=users,
        items=items,
        ratings=(users * 10 + items).astype(np.float32),
        times=np.arange(len(rows)) if times else None,
        user_names=tuple(f"user {n}" for n in range(8)),
        item_names=tuple(f"item {n}" for n in range(8)),
        catalogue=Catalogue.of((f"Title {n}", [f"Genre {n}"]) for n in range(8)),
    )


def core_of(log: Log, k: int) -> Log | None:
    try:
        return k_core(log, k)
    except WorldError:
        return None


def names(log: Log | None) -> set[tuple[str, str]]:
    rows = zip(log.users, log.items, strict=True) if log else []
    return {(log.user_names[u], log.item_names[i]) for u, i in rows} if log else set()


@given(pairs, small)
def test_everybody_in_a_core_has_enough_ratings(pairs: set[tuple[int, int]], k: int) -> None:
    if core := core_of(log_of(pairs), k):
        assert np.bincount(core.users).min() >= k
        assert np.bincount(core.items).min() >= k


@given(pairs, small)
def test_the_core_of_a_core_is_itself(pairs: set[tuple[int, int]], k: int) -> None:
    if core := core_of(log_of(pairs), k):
        assert names(k_core(core, k)) == names(core)


@given(pairs, pairs, small)
def test_no_part_with_enough_ratings_is_left_out(
    pairs: set[tuple[int, int]], others: set[tuple[int, int]], k: int
) -> None:
    within = core_of(log_of(pairs), k)
    assert names(within) <= names(core_of(log_of(pairs | others), k))


@given(pairs, small)
def test_a_larger_core_lies_within_a_smaller(pairs: set[tuple[int, int]], k: int) -> None:
    assert names(core_of(log_of(pairs), k + 1)) <= names(core_of(log_of(pairs), k))


@given(pairs, small)
def test_users_and_items_are_numbered_without_gaps_and_in_order(
    pairs: set[tuple[int, int]], k: int
) -> None:
    if core := core_of(log_of(pairs), k):
        assert set(core.users) == set(range(len(core.user_names)))
        assert set(core.items) == set(range(len(core.item_names)))
        assert list(core.user_names) == sorted(core.user_names)
        assert len(core.catalogue) == len(core.item_names)


@given(pairs, small)
def test_a_rating_keeps_its_user_item_title_and_time(pairs: set[tuple[int, int]], k: int) -> None:
    log = log_of(pairs)
    if core := core_of(log, k):
        assert core.times is not None
        for row, rating in enumerate(core.ratings):
            user, item = divmod(int(rating), 10)
            assert core.user_names[core.users[row]] == f"user {user}"
            assert core.item_names[core.items[row]] == f"item {item}"
            assert core.catalogue.titles[core.items[row]] == f"Title {item}"
            assert core.catalogue.genres[core.items[row]] == (f"Genre {item}",)
            assert log.ratings[core.times[row]] == rating


def test_a_log_without_times_has_a_core_without_times() -> None:
    assert k_core(log_of({(0, 0)}, times=False), 1).times is None


def test_dropping_a_user_may_drop_an_item_and_then_another_user() -> None:
    chain = {(0, 0), (1, 0), (1, 1), (2, 1), (2, 2), (3, 2)}
    square = {(5, 5), (5, 6), (6, 5), (6, 6)}
    assert len(k_core(log_of(chain | square), 2)) == len(square)


def test_an_empty_core_says_what_there_was_and_which_k_would_do() -> None:
    square = {(user, item) for user in range(3) for item in range(3)}
    message = "the 5-core is empty: of 8 users, 8 items and 9 ratings.*leaves something is 3"
    with pytest.raises(WorldError, match=message):
        k_core(log_of(square), 5)


def test_users_with_one_item_leave_nothing_of_a_2_core() -> None:
    with pytest.raises(WorldError, match="the largest k that leaves something is 1"):
        k_core(log_of({(0, 0), (1, 1), (2, 2)}), 2)


def test_the_core_is_noted() -> None:
    core = k_core(log_of({(0, 0), (0, 1), (1, 0), (1, 1), (2, 2)}), 2)
    assert core.notes == (
        "the 2-core keeps 2 users, 2 items and 4 ratings of 8 users, 8 items and 5 ratings",
    )


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)), min_size=1))
def test_of_equal_pairs_the_highest_rank_stays_and_of_equal_ranks_the_last(
    rows: list[tuple[int, int, int]],
) -> None:
    users, items, ranks = (np.array(column, np.int32) for column in zip(*rows, strict=True))
    best: dict[tuple[int, int], int] = {}
    for row, (user, item, rank) in enumerate(rows):
        if (user, item) not in best or rank >= rows[best[user, item]][2]:
            best[user, item] = row
    assert distinct_rows(users, items, ranks).tolist() == sorted(best.values())
