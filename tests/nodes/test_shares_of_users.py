"""What one user says is a bounded share of what the roles of others are given."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes import Context, Parts
from nodes.evidence.estimate import Round
from nodes.evidence.remembered import (
    LARGEST_SHARE,
    TIMES_THE_MEAN,
    entry_of,
    evidence,
    most_of_one,
    of_many_users,
    place_of,
)
from nodes.macro.principles import chosen
from nodes.value_memory import NEAREST, nearest_values, recall_values
from stores import (
    ROUNDS_PER_TICK,
    Hit,
    Lessons,
    Memories,
    Origin,
    Row,
    SentenceEmbedder,
    experience,
    value,
)
from tests.nodes.conftest import episode, parts_of

HONEST, HOSTILE = 100, -1
counts = st.lists(st.integers(1, 400), min_size=1, max_size=40)


@pytest.fixture
def parts(embedder: SentenceEmbedder, memories: Memories) -> Parts:
    return parts_of(embedder, memories)


def of(user: int) -> Origin:
    return "user", user


def rounds(by_user: dict[int, int]) -> list[tuple[Origin, Round]]:
    return [
        (of(user), Round({"rating": 1.0}, True, 0.0, session=number))
        for user, count in by_user.items()
        for number in range(count)
    ]


@given(counts)
def test_no_user_has_more_than_their_share_of_the_rounds(played: list[int]) -> None:
    kept = of_many_users(rounds(dict(enumerate(played))))
    share = max(LARGEST_SHARE, TIMES_THE_MEAN / len(played))
    most = most_of_one(played)
    assert len(kept) == sum(min(count, most) for count in played)
    assert most == max(played) or most <= share * len(kept)
    assert most == max(played) or most + 1 > share * sum(min(c, most + 1) for c in played)


@given(st.lists(st.integers(1, 100), min_size=100, max_size=120))
def test_of_a_hundred_users_with_a_session_each_every_round_counts(played: list[int]) -> None:
    if max(played) <= LARGEST_SHARE * sum(played):
        all_of_them = rounds(dict(enumerate(played)))
        assert of_many_users(all_of_them) == [one for _, one in all_of_them]


def test_the_newest_rounds_of_a_user_with_too_many_are_kept() -> None:
    kept = of_many_users(rounds({HOSTILE: 900, **dict.fromkeys(range(19), 10)}))
    hostile = [one.session for one in kept if one.session >= 10]
    assert hostile == list(range(900 - len(hostile), 900))
    assert len(hostile) < 30


def test_no_rounds_are_no_rounds() -> None:
    assert of_many_users([]) == []


def commit(parts: Parts, user: int, count: int, *, stay_if_low: bool) -> None:
    place, rows = place_of(parts, ("search",)), list[Row]()
    for number in range(count):
        rating = 1.5 + 3.0 * (number % 10) / 9
        played = Round({"rating": rating}, (rating < 3.0) is stay_if_low, 0.0)
        at = (number + 1) * ROUNDS_PER_TICK + 1
        known = entry_of(played, place)
        rows.append(experience(f"{user} {number}", "it", verdict=1, at=at, known=known))
    parts.memories.commit(Lessons(f"e{user}", 1, {"experiences": tuple(rows)}, user=user))


def test_a_user_who_plays_without_end_does_not_turn_the_evidence_round(parts: Parts) -> None:
    for user in range(20):
        commit(parts, user, 20, stay_if_low=False)
    commit(parts, HOSTILE, 2000, stay_if_low=True)
    found = evidence(parts, ("search",), ("rating",))
    assert found is not None
    assert found.stay({"rating": 4.5}) > 0.7 > 0.3 > found.stay({"rating": 1.5})


def valued(parts: Parts, user: int, text: str, count: int, target: float) -> None:
    name = f"e{user}"
    rows = [
        value(f"{text} {n}", target, at=n * ROUNDS_PER_TICK, key=f"{name}.{n}")
        for n in range(count)
    ]
    parts.memories.commit(Lessons(name, 1, {"values": tuple(rows)}, user=user))


async def test_of_the_values_recalled_a_quarter_is_of_one_user_at_most(parts: Parts) -> None:
    for user in range(NEAREST):
        valued(parts, user, "Taste: puzzles.", 2, 9.0)
    valued(parts, HOSTILE, "Taste: games.", 300, 1.0)
    found = await recall_values(episode(), "Taste: games. 7", Context(), parts)
    told = Counter(target for target, _ in found.values)
    assert told == {9.0: NEAREST * 3 // 4, 1.0: NEAREST // 4}


def test_values_of_one_row_are_shared_out_too() -> None:
    entries = {f"e{n}.1": {"at": n, "target": 1.0, "user": n % 2} for n in range(30)}
    found = nearest_values([Hit(Row("s", entries), 0.0)], 1)
    assert len(found.values) == 2 * NEAREST // 4


users = st.lists(st.frozensets(st.integers(0, 3).map(of), min_size=1, max_size=2), max_size=8)


@given(users, st.integers(0, 5))
def test_no_two_principles_are_of_one_user_while_there_are_others(
    whose: list[frozenset[Origin]], wanted: int
) -> None:
    count = len(whose)
    alike = [[float(one == other) for other in range(count)] for one in range(count)]
    taken = chosen([1.0] * count, alike, [True] * count, wanted, whose)
    assert len(set(taken)) == len(taken) == min(count, wanted)
    for place, at in enumerate(taken):
        told = frozenset[Origin]().union(*(whose[one] for one in taken[:place]))
        left = [one for one in range(count) if one not in taken[:place]]
        assert not whose[at] <= told or all(whose[one] <= told for one in left)
