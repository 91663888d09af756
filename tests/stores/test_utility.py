"""Uses of reflections are counted once each, in any order, and add up to their utility."""

from contextlib import closing
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stores import (
    Embedder,
    Lessons,
    Memories,
    MemoryFolder,
    Row,
    expectation,
    in_memory,
    is_retired,
    reflection,
    uses,
    utility,
    went_well,
)
from stores.rows import ENTRY_LIMIT, USED_BY, merge
from stores.utility import Expectation

LEARNED = reflection("Vary.", episode="e0", at=1, length=3, reward=12.0, situation="puzzles")


def given_to(number: int, reward: float) -> Lessons:
    return Lessons(f"e{number}", 10 + number, {}, {"reflections": (LEARNED.id,)}, reward)


def only(memories: Memories) -> Row:
    (row,) = memories.rows("reflections")
    return row


def used(rewards: list[float], text: str = "Vary.") -> Row:
    entries = {f"{USED_BY}e{n}": {"at": n, "reward": reward} for n, reward in enumerate(rewards)}
    return Row(text, entries)


@pytest.fixture
def learned(quick: Memories) -> Memories:
    quick.commit(Lessons("e0", 1, {"reflections": (LEARNED,)}, reward=12.0))
    return quick


def test_a_session_that_was_given_a_reflection_tells_it_what_it_returned(learned: Memories) -> None:
    learned.commit(given_to(1, 20.0))
    assert uses(only(learned)) == {"e1": 20.0}
    assert only(learned).entries["e0"] == LEARNED.entries["e0"]


def test_a_session_without_an_end_tells_nothing(learned: Memories) -> None:
    learned.commit(Lessons("e1", 11, {}, {"reflections": (LEARNED.id,)}))
    assert uses(only(learned)) == {}


def test_a_use_that_is_committed_again_counts_once(learned: Memories) -> None:
    for _ in range(3):
        learned.commit(given_to(1, 20.0))
    assert uses(only(learned)) == {"e1": 20.0}


def test_the_order_of_commits_does_not_matter(fast: Embedder) -> None:
    found = []
    for order in permutations([given_to(1, 20.0), given_to(2, 5.0), given_to(3, 9.0)]):
        with closing(Memories(in_memory(fast.name), fast)) as memories:
            memories.commit(Lessons("e0", 1, {"reflections": (LEARNED,)}, reward=12.0))
            memories.commit_all(order)
            found.append((only(memories), memories.expectation()))
    assert all(one == found[0] for one in found)
    assert found[0][1].mean == 11.5


def test_uses_outlast_a_folder_that_is_closed_and_compacted(tmp_path: Path, fast: Embedder) -> None:
    with closing(MemoryFolder(tmp_path, fast)) as memories:
        memories.commit(Lessons("e0", 1, {"reflections": (LEARNED,)}, reward=12.0))
        memories.commit(given_to(1, 20.0))
        before = only(memories)
    with closing(MemoryFolder(tmp_path, fast)) as memories:
        assert only(memories) == before
        memories.compact()
    with closing(MemoryFolder(tmp_path, fast)) as memories:
        assert only(memories) == before
        assert memories.export(tmp_path / "rows.jsonl") == 1
    with closing(MemoryFolder(tmp_path / "other", fast)) as other:
        other.import_from(tmp_path / "rows.jsonl")
        assert only(other) == before


def test_many_uses_do_not_crowd_out_where_a_reflection_comes_from() -> None:
    row = LEARNED
    for number in range(2 * ENTRY_LIMIT):
        key = f"{USED_BY}e{number + 1}"
        row = merge(row, Row(row.text, {key: {"at": number + 9, "reward": 1.0}}, 0, row.situation))
    assert "e0" in row.entries
    assert len(uses(row)) == ENTRY_LIMIT


def test_a_row_is_found_by_its_situation_and_one_without_by_its_text(
    fast: Embedder, quick: Memories
) -> None:
    plain = reflection("Keep on.", episode="e1", at=2, length=3, reward=12.0)
    quick.commit(Lessons("e", 1, {"reflections": (LEARNED, plain)}))
    for asked, text in (("puzzles", "Vary."), ("Keep on.", "Keep on.")):
        (hit,) = quick.nearest("reflections", asked, 1)
        assert hit.row.text == text
        assert hit.distance == pytest.approx(0, abs=1e-5)


def test_one_text_of_two_situations_is_two_rows_and_ids_of_older_rows_stay() -> None:
    other = reflection("Vary.", episode="e1", at=2, length=3, reward=12.0, situation="racing")
    older = reflection("Vary.", episode="e1", at=2, length=3, reward=12.0)
    assert len({LEARNED.id, other.id, older.id}) == 3
    assert older.id == Row("Vary.", {}).id


def test_the_expectation_counts_each_session_once() -> None:
    twice = reflection("Rest.", episode="e1", at=2, length=3, reward=20.0)
    expected = expectation(
        [twice, Row("Vary.", {f"{USED_BY}e1": {"at": 1, "reward": 20.0}}), LEARNED]
    )
    assert expected == Expectation(mean=16.0, spread=4.0)


def test_fields_are_kept_in_the_index_and_tell_rows_of_one_text_apart(quick: Memories) -> None:
    row, other = (
        reflection("Vary.", episode="e", at=1, length=3, reward=1.0, fields=fields, note="I think.")
        for fields in ({"why": "bored", "show": ["Puzzle"]}, {"why": "stayed"})
    )
    quick.commit(Lessons("e", 1, {"reflections": (row, other)}))
    found = {hit.row.id: hit.row for hit in quick.nearest("reflections", "Vary.", 2)}
    assert found == {row.id: row, other.id: other}
    assert row.entries["e"]["note"] == "I think."


@given(st.lists(st.floats(0, 500), min_size=1, max_size=20))
def test_sessions_alike_make_nothing_useful_or_useless(rewards: list[float]) -> None:
    expected = Expectation(mean=rewards[0], spread=0.0)
    assert utility(used(rewards), expected) == 0
    assert not is_retired(used(rewards), expected)


def test_utility_is_the_mean_advantage_shrunk_by_three_uses_at_the_mean() -> None:
    expected = Expectation(mean=10.0, spread=5.0)
    assert utility(used([]), expected) == 0
    assert utility(used([20.0]), expected) == pytest.approx(2 / 4)
    assert utility(used([20.0, 15.0, 10.0]), expected) == pytest.approx(3 / 6)


@pytest.mark.parametrize(("count", "retired"), [(4, False), (5, True), (9, True)])
def test_what_was_of_no_use_five_times_retires(count: int, retired: bool) -> None:
    expected = Expectation(mean=10.0, spread=5.0)
    assert is_retired(used([4.0] * count), expected) is retired
    assert not is_retired(used([16.0] * count), expected)


def test_a_session_went_well_that_returned_the_mean_or_more() -> None:
    assert went_well(LEARNED, Expectation(12.0, 1.0))
    assert not went_well(LEARNED, Expectation(12.5, 1.0))
    assert not went_well(used([99.0]), Expectation(1.0, 1.0))


def test_facts_of_a_foreign_row_that_are_no_returns_count_for_nothing() -> None:
    strange = Row("?", {"a": {"at": 1, "reward": "much"}, USED_BY + "b": {"at": 1}})
    assert expectation([strange]) == Expectation()
    assert uses(strange) == {}
