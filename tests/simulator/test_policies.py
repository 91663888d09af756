"""The reference policies choose as they say, and never twice the same."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import (
    Catalogue,
    GenreAwarePolicy,
    GreedyPolicy,
    Half,
    QuitRule,
    RandomPolicy,
    World,
    WorldError,
)
from simulator import policies as policies_module
from simulator.arrays import Indices, Ratings
from simulator.batch_environment import Sessions
from simulator.policies import (
    POLICIES,
    DistanceAwarePolicy,
    OraclePolicy,
    PopularPolicy,
    make_policy,
)
from simulator.rewards import cached_ratings as cached_ratings_module
from simulator.rewards.cached_ratings import CachedRatings
from tests.simulator.conftest import Table, chance_world, line_world

WORLD = line_world(QuitRule(beta=1.0))
CHOOSY = QuitRule(beta=1.2, window=3)
names = st.sampled_from(tuple(POLICIES))
seeds = st.integers(0, 2**32 - 1)


def filled(world: World, rng: np.random.Generator, count: int = 7) -> Sessions:
    """Sessions of different lengths in which things were shown by chance, some of them twice."""
    items = len(world.catalogue)
    sessions = Sessions.start(rng.integers(world.users, size=count), items)
    for row, length in enumerate(rng.integers(items + 1, size=count)):
        sessions.shown[row, :length] = rng.integers(items, size=length)
        sessions.lengths[row] = length
    return sessions


@given(names, seeds)
@settings(max_examples=60, deadline=None)
def test_no_policy_chooses_an_item_twice_while_any_is_left(name: str, seed: int) -> None:
    world = chance_world(seed, CHOOSY, items=12)
    policy, sessions = make_policy(name, world), Sessions.start([0, 1, 2], 13)
    for _ in range(12):
        sessions.append(policy.choose_all(sessions))
    assert np.sort(sessions.shown[:, :12], axis=1).tolist() == [list(range(12))] * 3


@given(names, seeds)
@settings(max_examples=60, deadline=None)
def test_when_all_was_shown_a_policy_still_chooses(name: str, seed: int) -> None:
    world = chance_world(seed, CHOOSY, items=12)
    assert make_policy(name, world).choose(0, list(range(12))) in range(12)


@given(names, seeds)
@settings(max_examples=60, deadline=None)
def test_a_policy_chooses_for_many_as_for_each_alone(name: str, seed: int) -> None:
    world = chance_world(seed, CHOOSY)
    sessions, policy = filled(world, np.random.default_rng(seed)), make_policy(name, world)
    rows = zip(sessions.users, sessions.lengths, sessions.shown, strict=True)
    assert policy.choose_all(sessions).tolist() == [
        make_policy(name, world).choose(int(user), row[:length].tolist())
        for user, length, row in rows
    ]


@pytest.mark.parametrize("name", POLICIES)
def test_choosing_in_small_parts_changes_nothing(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = chance_world(5, CHOOSY)
    sessions = filled(world, np.random.default_rng(5))
    whole = make_policy(name, world).choose_all(sessions).tolist()
    monkeypatch.setattr(policies_module, "CELLS_AT_ONCE", 65)
    assert make_policy(name, world).choose_all(sessions).tolist() == whole


def test_greed_takes_the_best_rated_item_left() -> None:
    assert [GreedyPolicy(WORLD).choose(0, shown) for shown in ([], [0], [0, 5])] == [0, 5, 1]


def test_greed_knows_the_training_half_only() -> None:
    assert GreedyPolicy(two_faced()).choose(0, []) == 2


def test_popularity_is_counted_from_the_histories() -> None:
    world = replace(WORLD, histories=[(3, 1), (3, 4), (4, 3)])
    assert [PopularPolicy(world).choose(0, shown) for shown in ([], [3], [3, 4])] == [3, 4, 1]


def test_popularity_is_that_of_the_log_where_the_world_has_one() -> None:
    world = replace(WORLD, popularity=np.arange(10, dtype=np.int32))
    assert PopularPolicy(world).choose(0, [9]) == 8


def test_heeding_genres_prefers_the_genre_that_was_not_shown_lately() -> None:
    assert GenreAwarePolicy(WORLD).choose(0, [0]) == 5  # odd, and the best rated of the odd


@given(seeds)
@settings(max_examples=60, deadline=None)
def test_heeding_genres_is_greed_among_the_liked_items_of_least_shared_genres(seed: int) -> None:
    world = chance_world(seed, CHOOSY)
    shown = np.random.default_rng(seed).permutation(30)[:9].tolist()
    genres = [names or ("none",) for names in world.catalogue.genres]
    lately = [genre for item in shown[-3:] for genre in genres[item]]
    ratings = world.half("train").rewards.rate(1)
    assert GenreAwarePolicy(world).choose(1, shown) == min(
        set(range(30)) - set(shown),
        key=lambda item: (
            bool(ratings[item] < world.rule.min_reward),
            sum(lately.count(genre) for genre in genres[item]),
            -ratings[item],
            item,
        ),
    )


def test_with_a_window_of_zero_heeding_genres_is_greed() -> None:
    world = replace(WORLD, rule=QuitRule(beta=1.0, window=0))
    assert GenreAwarePolicy(world).choose(0, [0]) == GreedyPolicy(world).choose(0, [0])


def test_without_any_genres_heeding_them_is_greed() -> None:
    world = replace(WORLD, catalogue=Catalogue.of((f"Item {i}", []) for i in range(10)))
    assert GenreAwarePolicy(world).choose(0, [0]) == 5


@pytest.mark.parametrize("policy", [DistanceAwarePolicy, OraclePolicy])
def test_heeding_distances_skips_what_is_nearer_than_beta(
    policy: type[DistanceAwarePolicy],
) -> None:
    world = replace(WORLD, rule=QuitRule(beta=1.5))
    assert policy(world).choose(0, [5]) == 0
    assert policy(world).choose(0, [0, 5]) == 2  # not 1, 4 or 6


def test_where_nothing_is_far_enough_the_farthest_is_taken() -> None:
    world = replace(WORLD, rule=QuitRule(beta=100.0))
    assert DistanceAwarePolicy(world).choose(0, [7, 8]) == 0


def test_what_was_shown_before_the_window_may_be_near() -> None:
    world = replace(WORLD, rule=QuitRule(beta=1.5, window=1))
    assert DistanceAwarePolicy(world).choose(0, [1, 9]) == 0


@given(seeds, st.floats(0.1, 3.0), st.integers(0, 6))
@settings(max_examples=60, deadline=None)
def test_the_oracle_takes_the_best_rated_item_at_which_the_user_stays(
    seed: int, beta: float, window: int
) -> None:
    world = chance_world(seed, QuitRule(beta, window))
    shown, half = np.random.default_rng(seed).permutation(30)[:9].tolist(), world.half("test")
    ratings = half.rewards.rate(1)
    welcome = [
        item
        for item in range(30)
        if world.rule.cause(item, shown, float(ratings[item]), half.vectors) is None
    ]
    chosen = OraclePolicy(world).choose(1, shown)
    if welcome:
        assert chosen == min(welcome, key=lambda item: (-ratings[item], item))
    else:
        assert chosen not in shown


def two_faced() -> World:
    """The halves disagree on which item is best and on which two are alike."""
    train = Half(Table(np.array([[3, 4, 5]], np.float32)), np.array([[0], [0], [9]], np.float32))
    test = Half(Table(np.array([[5, 4, 3]], np.float32)), np.array([[0], [9], [0]], np.float32))
    world = line_world(QuitRule(beta=1.0), [[1, 1, 1]])
    return replace(world, halves={"train": train, "test": test}, histories=[()])


def test_heeding_distances_knows_the_training_half_only() -> None:
    assert DistanceAwarePolicy(two_faced()).choose(0, [0]) == 2


def test_the_oracle_knows_the_half_that_plays_the_user() -> None:
    assert OraclePolicy(two_faced()).choose(0, [0]) == 1


def test_chance_repeats_itself_for_the_same_seed_user_and_round() -> None:
    first, second = RandomPolicy(WORLD, seed=4), RandomPolicy(WORLD, seed=4)
    assert [first.choose(1, [0] * n) for n in range(9)] == [
        second.choose(1, [0] * n) for n in range(9)
    ]


def test_chance_differs_from_seed_to_seed() -> None:
    assert len({RandomPolicy(WORLD, seed).choose(0, []) for seed in range(20)}) > 1


def test_the_policies_stand_in_the_order_of_what_they_know() -> None:
    assert list(POLICIES) == [
        "random", "popular", "greedy", "genre-aware", "distance-aware", "oracle",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "hint"), [("greed", "did you mean 'greedy'"), ("x", "known policies: random, ")]
)
def test_an_unknown_policy_is_told_the_nearest_name(name: str, hint: str) -> None:
    with pytest.raises(WorldError, match=f"unknown policy '{name}': {hint}"):
        make_policy(name, WORLD)


class Counted(Table):
    """Counts for how many users the whole catalogue was rated."""

    asked = 0

    def rate_all(self, users: Indices) -> Ratings:
        type(self).asked += len(users)
        return super().rate_all(users)


@pytest.fixture
def counted() -> CachedRatings:
    Counted.asked = 0
    return CachedRatings(Counted(np.arange(12, dtype=np.float32).reshape(4, 3)))


def test_remembered_ratings_are_those_of_the_users_in_their_order(counted: CachedRatings) -> None:
    counted.rate_all(np.array([2]))
    users = np.array([3, 0, 2, 0])
    assert counted.rate_all(users).tolist() == [[9, 10, 11], [0, 1, 2], [6, 7, 8], [0, 1, 2]]


def test_a_user_is_rated_for_once(counted: CachedRatings) -> None:
    for users in ([0, 1, 1], [1], [2, 0], [0, 1, 2]):
        counted.rate_all(np.array(users))
    assert Counted.asked == 3


def test_beyond_its_room_it_remembers_those_asked_for(
    counted: CachedRatings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cached_ratings_module, "CACHED_CELLS", 6)
    for users in ([0, 1], [1, 2], [1, 2], [0, 1]):
        counted.rate_all(np.array(users))
    assert Counted.asked == 4


def test_changing_the_answer_does_not_change_what_is_remembered(counted: CachedRatings) -> None:
    counted.rate_all(np.array([1]))[:] = 0
    assert counted.rate_all(np.array([1])).tolist() == [[3, 4, 5]]
