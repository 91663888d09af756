"""How rows join and fall away, as laws."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from stores import Row, experience, reflection, value
from stores.rows import ENTRY_LIMIT, merge, merge_rows, prune, touch

stamps = st.integers(0, 50)
items = st.integers(0, ENTRY_LIMIT + 16).map(lambda number: f"item {number}")
facts = st.builds(lambda at, verdict: {"at": at, "verdict": verdict}, stamps, st.integers(0, 1))
tellings = st.builds(
    Row, st.just("a situation"), st.dictionaries(items, facts, max_size=ENTRY_LIMIT), stamps
)
memories = st.dictionaries(st.text(max_size=8), stamps, max_size=40).map(
    lambda touched: {(row := Row(text, {}, at)).id: row for text, at in touched.items()}
)


@given(tellings, tellings)
def test_merging_is_commutative(one: Row, other: Row) -> None:
    assert merge(one, other) == merge(other, one)


@given(tellings, tellings, tellings)
def test_merging_is_associative(one: Row, other: Row, third: Row) -> None:
    assert merge(merge(one, other), third) == merge(one, merge(other, third))


@given(tellings, tellings)
def test_merging_again_changes_nothing(one: Row, other: Row) -> None:
    merged = merge(one, other)
    assert merge(merged, other) == merge(merged, merged) == merged


@given(tellings)
def test_merging_into_nothing_gives_the_row(row: Row) -> None:
    assert merge(None, row) == row


@given(tellings, tellings)
def test_of_one_fact_told_twice_the_later_stays(one: Row, other: Row) -> None:
    merged = merge(one, other)
    for key in merged.entries:
        told = [row.entries[key]["at"] for row in (one, other) if key in row.entries]
        assert merged.entries[key]["at"] == max(told)


@given(tellings, tellings)
def test_a_row_keeps_its_newest_facts_up_to_the_limit(one: Row, other: Row) -> None:
    merged = merge(one, other)
    told = one.entries.keys() | other.entries.keys()
    assert len(merged.entries) == min(len(told), ENTRY_LIMIT)
    oldest_kept = min((int(fact["at"]) for fact in merged.entries.values()), default=0)
    for key in told - merged.entries.keys():
        assert all(
            row.entries[key]["at"] <= oldest_kept for row in (one, other) if key in row.entries
        )


@given(tellings, tellings)
def test_a_merged_row_was_touched_when_either_was_last(one: Row, other: Row) -> None:
    assert merge(one, other).touched == max(one.touched, other.touched)


@given(st.lists(tellings, max_size=4))
def test_gathering_does_not_depend_on_the_order(rows: list[Row]) -> None:
    gathered = [merge_rows(order) for order in permutations(rows)]
    assert all(one == gathered[0] for one in gathered)


@given(st.lists(st.text(max_size=3), max_size=10))
def test_gathering_gives_one_row_a_text(texts: list[str]) -> None:
    assert sorted(row.text for row in merge_rows(Row(t, {}) for t in texts).values()) == sorted(
        set(texts)
    )


@given(tellings, stamps)
def test_touching_never_makes_a_row_older(row: Row, at: int) -> None:
    assert touch(row, at).touched == max(row.touched, at)


@given(tellings)
def test_the_newest_fact_comes_first(row: Row) -> None:
    ages = [fact["at"] for _, fact in row.newest()]
    assert ages == sorted(ages, reverse=True)


@given(memories, st.integers(1, 50))
def test_pruning_keeps_all_that_fits_and_else_three_quarters(
    rows: dict[str, Row], capacity: int
) -> None:
    fits = len(rows) <= capacity
    assert len(prune(rows, capacity)) == (len(rows) if fits else max(1, capacity * 3 // 4))


@given(memories, st.integers(1, 50))
def test_pruning_keeps_what_was_touched_last(rows: dict[str, Row], capacity: int) -> None:
    kept = prune(rows, capacity)
    dropped = [row.touched for id_, row in rows.items() if id_ not in kept]
    assert max(dropped, default=0) <= min(row.touched for row in kept.values()) if kept else True


@given(memories, st.integers(1, 50))
def test_pruning_twice_changes_nothing(rows: dict[str, Row], capacity: int) -> None:
    kept = prune(rows, capacity)
    assert prune(kept, capacity) == kept


def test_a_situation_keeps_a_verdict_for_each_item() -> None:
    tried = [experience("s", "Hades", verdict=1, at=3), experience("s", "Braid", verdict=0, at=5)]
    (row,) = merge_rows(tried).values()
    assert row.newest() == [("Braid", {"at": 5, "verdict": 0}), ("Hades", {"at": 3, "verdict": 1})]


def test_a_situation_keeps_only_its_latest_value() -> None:
    (row,) = merge_rows([value("s", 7.25, at=9), value("s", 3.5, at=4)]).values()
    assert row.entries == {"value": {"at": 9, "target": 7.25}}


def test_a_principle_found_twice_names_both_episodes() -> None:
    found = [
        reflection("vary genres", episode=episode, at=at, length=12, reward=48.0)
        for episode, at in (("ep-1", 1000), ("ep-2", 2000))
    ]
    (row,) = merge_rows(found).values()
    assert [episode for episode, _ in row.newest()] == ["ep-2", "ep-1"]
