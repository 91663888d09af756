"""The three memories: Eq. 5, 8 and 14, and what a commit may and may not do."""

import json
import math
import re
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from stores import (
    MEMORIES,
    Embedder,
    Hit,
    Lessons,
    Memories,
    MemoryName,
    Row,
    SentenceEmbedder,
    StoreError,
    experience,
    in_memory,
    reflection,
    squared_distances,
    value,
)
from stores.journal import Journal
from stores.journal_lines import read_journal

pytestmark = pytest.mark.slow

TITLES = (
    "Portal 2", "Hades", "Stardew Valley", "Dark Souls III", "Celeste", "Factorio",
    "Hollow Knight", "Civilization VI", "Rocket League", "Terraria", "Subnautica",
)  # fmt: skip
SAME = "; ".join(TITLES[:10])
NEARLY_SAME = "; ".join((*TITLES[:9], TITLES[10]))
STRANGE = "Casablanca; Heat; Alien; Amelie; Fargo; Se7en; Brazil; Clue; Gandhi; The Piano"
TAU_ACTOR, TAU_CRITIC = 0.01, 0.1
CAPACITY = 8

texts = st.integers(0, 15).map(lambda number: f"state {number}")
stamps = st.integers(0, 30)
verdicts = st.builds(
    lambda text, item, verdict, at: experience(text, item, verdict=verdict, at=at),
    texts, st.sampled_from(TITLES), st.integers(0, 1), stamps,
)  # fmt: skip
uses = texts.map(lambda text: Row(text, {}).id)


episodes = st.builds(
    lambda number, at, rows, used: Lessons(
        f"episode {number}", at, {"experiences": tuple(rows)}, {"experiences": tuple(used)}
    ),
    st.integers(0, 99), stamps, st.lists(verdicts, max_size=6), st.lists(uses, max_size=3),
)  # fmt: skip
histories = st.lists(episodes, min_size=1, max_size=6).flatmap(
    lambda told: st.lists(st.sampled_from(told), max_size=3).map(lambda again: told + again)
)


class Compass:
    """Texts are degrees; from one to another it is 2 - 2 cos of the angle between."""

    name = "compass"

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        angles = np.radians([float(text) for text in texts])
        return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


@pytest.fixture
def compass() -> Iterator[Memories]:
    """Memories in which distances are known beforehand."""
    embedder = Compass()
    with closing(Memories(in_memory(embedder.name), embedder)) as memories:
        yield memories


@pytest.fixture
def recorded(fast: Embedder, tmp_path: Path) -> Iterator[tuple[Memories, Journal]]:
    """Small memories that keep a journal."""
    journal = Journal(tmp_path / "journal.jsonl", fast.name)
    with closing(
        Memories(in_memory(fast.name), fast, capacity=CAPACITY, journal=journal)
    ) as memories:
        yield memories, journal


def angle(degrees: float) -> float:
    return 2 - 2 * math.cos(math.radians(degrees))


def judged(*texts: str, at: int = 1) -> tuple[Row, ...]:
    return tuple(experience(text, "Hades", verdict=1, at=at) for text in texts)


def learn(memories: Memories, *rows: Row, at: int = 1, used: Sequence[Row] = ()) -> Lessons:
    """Commits experiences as an episode of their own."""
    lessons = Lessons(
        f"episode at {at}",
        at,
        {"experiences": rows},
        {"experiences": tuple(row.id for row in used)},
    )
    memories.commit(lessons)
    return lessons


def found(hits: Sequence[Hit]) -> list[str]:
    return [hit.row.text for hit in hits]


def left(memories: Memories) -> set[str]:
    return {row.text for row in memories.rows("experiences")}


def everything(memories: Memories) -> dict[MemoryName, list[Row]]:
    return {name: memories.rows(name) for name in MEMORIES}


@given(count=st.integers(0, 120), k=st.integers(1, 30), asked=st.integers(0, 140))
@settings(deadline=None, max_examples=30)
def test_nearest_gives_the_k_rows_of_smallest_distance(
    count: int, k: int, asked: int, fast: Embedder
) -> None:
    stored, text = [f"state {number}" for number in range(count)], f"state {asked}"
    with closing(Memories(in_memory(fast.name), fast)) as memories:
        learn(memories, *judged(*stored))
        hits = memories.nearest("experiences", text, k)
    distances = squared_distances(fast.embed([text])[0], fast.embed(stored))
    nearest = np.argsort(distances)[:k]
    assert found(hits) == [stored[index] for index in nearest]
    assert [hit.distance for hit in hits] == pytest.approx(distances[nearest].tolist(), abs=1e-5)


def test_nearest_is_exact_among_thousands(quick: Memories, fast: Embedder) -> None:
    stored = [f"state {number}" for number in range(3000)]
    learn(quick, *judged(*stored))
    vectors = fast.embed(stored)
    for asked in ("one", "two", "three", "four", "five"):
        nearest = np.argsort(squared_distances(fast.embed([asked])[0], vectors))[:10]
        hits = quick.nearest("experiences", asked, 10)
        assert found(hits) == [stored[index] for index in nearest]


def test_of_rows_equally_near_the_one_touched_last_comes_first(compass: Memories) -> None:
    for at, text in ((3, "30"), (9, "-30"), (6, "30.0"), (1, "10")):
        learn(compass, *judged(text, at=at), at=at)
    assert found(compass.nearest("experiences", "0", 4)) == ["10", "-30", "30.0", "30"]


def test_rows_equally_near_and_touched_together_come_by_id(compass: Memories) -> None:
    rows = judged("30", "-30", "30.0", "-30.0", "30.00")
    learn(compass, *rows)
    by_id = [row.text for row in sorted(rows, key=lambda row: row.id)]
    for k in range(1, 6):
        assert found(compass.nearest("experiences", "0", k)) == by_id[:k]


@pytest.mark.parametrize("k", [0, -1])
def test_asking_for_no_rows_gives_none(compass: Memories, k: int) -> None:
    learn(compass, *judged("30"))
    assert compass.nearest("experiences", "30", k) == []


@pytest.mark.parametrize("name", MEMORIES)
def test_an_empty_memory_finds_nothing(compass: Memories, name: MemoryName) -> None:
    assert compass.nearest(name, "30", 5) == compass.within(name, "30", 4.0) == []


def test_nearest_gives_all_rows_where_there_are_fewer_than_k(compass: Memories) -> None:
    learn(compass, *judged("30", "20"))
    assert found(compass.nearest("experiences", "0", 50)) == ["20", "30"]


@pytest.mark.parametrize("inside", [0, 1, 15, 16, 17, 63, 64, 65, 150, 256, 300])
def test_within_gives_all_rows_closer_than_tau_however_many(compass: Memories, inside: int) -> None:
    texts = [str(number / 2) for number in range(1, 331)]
    learn(compass, *judged(*texts))
    tau = angle((inside + 0.5) / 2)
    assert found(compass.within("experiences", "0", tau)) == texts[:inside]


def test_within_goes_on_past_a_row_that_cannot_be_read(
    compass: Memories, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [str(number / 2) for number in range(1, 331)]
    learn(compass, *judged(*texts))
    search = compass._index.search

    def readable(name: MemoryName, vector: NDArray[np.float32], k: int) -> list[Hit]:
        return [hit for hit in search(name, vector, k) if hit.row.text != "3.0"]

    monkeypatch.setattr(compass._index, "search", readable)
    inside = found(compass.within("experiences", "0", angle(50.25)))
    assert inside == [text for text in texts[:100] if text != "3.0"]


@given(count=st.integers(0, 90), data=st.data())
@settings(deadline=None, max_examples=30)
def test_within_gives_exactly_the_rows_closer_than_tau(
    count: int, data: st.DataObject, fast: Embedder
) -> None:
    stored = [f"state {number}" for number in range(count)]
    distances = squared_distances(fast.embed(["asked"])[0], fast.embed(stored))
    ranked = sorted(distances.tolist())
    inside = data.draw(st.integers(0, count))
    tau = (ranked[inside - 1] if inside else 0.0) / 2 + (ranked[inside:] or [4.0])[0] / 2
    with closing(Memories(in_memory(fast.name), fast)) as memories:
        learn(memories, *judged(*stored))
        hits = memories.within("experiences", "asked", tau)
    assert found(hits) == [stored[index] for index in np.argsort(distances)[:inside]]


def test_a_row_exactly_at_tau_is_not_within(compass: Memories) -> None:
    learn(compass, *judged("30"))
    (hit,) = compass.nearest("experiences", "0", 1)
    assert compass.within("experiences", "0", hit.distance) == []
    assert compass.within("experiences", "0", math.nextafter(hit.distance, 4.0)) == [hit]


def test_a_tau_of_zero_finds_not_even_the_same_text(compass: Memories) -> None:
    learn(compass, *judged("30"))
    assert compass.within("experiences", "30", 0.0, own=judged("30")) == []


@pytest.mark.parametrize(
    ("tau", "expected"), [(TAU_ACTOR, [SAME]), (TAU_CRITIC, [SAME, NEARLY_SAME])]
)
def test_the_papers_thresholds_tell_same_from_nearly_same_from_strange(
    memories: Memories, tau: float, expected: list[str]
) -> None:
    learn(memories, *judged(STRANGE, NEARLY_SAME, SAME))
    assert found(memories.within("experiences", SAME, tau)) == expected


def test_the_real_embedding_finds_the_principle_that_fits(
    memories: Memories, embedder: SentenceEmbedder
) -> None:
    principles = (
        "Do not show two horror games in a row.",
        "Offer a short puzzle after a long strategy game.",
        "Users who like racing tire of it after three rounds.",
    )
    rows = tuple(reflection(p, episode="e", at=1, length=9, reward=1.0) for p in principles)
    memories.commit(Lessons("e", 1, {"reflections": rows}))
    (hit,) = memories.nearest("reflections", "The user has viewed racing games only.", 1)
    assert hit.row.text == principles[2]


def test_readers_of_one_memory_embed_their_texts_at_the_same_time() -> None:
    meeting = threading.Barrier(2, timeout=20)

    class Meeting(Compass):
        def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
            meeting.wait()
            return super().embed(texts)

    with closing(Memories(in_memory("compass"), Meeting())) as memories:
        with ThreadPoolExecutor(2) as pool:
            near = pool.submit(memories.nearest, "values", "10", 3)
            within = pool.submit(memories.within, "values", "20", 0.1)
        assert near.result() == within.result() == []


def test_an_episodes_own_row_is_found_although_never_committed(compass: Memories) -> None:
    learn(compass, *judged("5"))
    hits = compass.within("experiences", "0", angle(20), own=judged("10", "-1", "30"))
    assert found(hits) == ["-1", "5", "10"]
    assert left(compass) == {"5"}


def test_an_episodes_own_rows_are_found_in_empty_memories(compass: Memories) -> None:
    assert found(compass.within("values", "0", angle(20), own=judged("10"))) == ["10"]


def test_an_own_row_has_the_distance_that_a_stored_one_has(compass: Memories) -> None:
    (own,) = compass.within("experiences", "0", angle(20), own=judged("10"))
    learn(compass, *judged("10"))
    (stored,) = compass.within("experiences", "0", angle(20))
    assert own.distance == pytest.approx(stored.distance, abs=1e-6)


@pytest.mark.parametrize(("own_at", "target"), [(1, 5.0), (9, 7.0)])
def test_an_own_row_of_a_stored_text_joins_it_and_the_later_fact_wins(
    compass: Memories, own_at: int, target: float
) -> None:
    compass.commit(Lessons("e", 4, {"values": (value("10", 5.0, at=4),)}))
    (hit,) = compass.within("values", "0", angle(20), own=[value("10", 7.0, at=own_at)])
    assert hit.row.entries["value"]["target"] == target


def test_own_rows_of_one_text_are_one_hit(compass: Memories) -> None:
    own = [experience("10", item, verdict=1, at=1) for item in ("Hades", "Braid")]
    (hit,) = compass.within("experiences", "0", angle(20), own=own)
    assert set(hit.row.entries) == {"Hades", "Braid"}


def test_a_text_met_twice_is_one_row_with_both_facts(quick: Memories) -> None:
    learn(quick, experience("s", "Hades", verdict=1, at=1), at=1)
    learn(quick, experience("s", "Braid", verdict=0, at=2), at=2)
    (row,) = quick.rows("experiences")
    assert set(row.entries) == {"Hades", "Braid"}


def test_a_commit_says_how_many_rows_it_wrote(quick: Memories) -> None:
    rows = (*judged("s", "t"), experience("s", "Braid", verdict=0, at=2))
    lessons = Lessons("e", 2, {"experiences": rows, "values": (value("s", 5.0, at=1),)})
    assert quick.commit(lessons) == {"reflections": 0, "experiences": 2, "values": 1}


def test_rows_are_listed_oldest_first(quick: Memories) -> None:
    for at in (5, 3, 9):
        learn(quick, *judged(f"state {at}", at=at), at=at)
    assert [row.touched for row in quick.rows("experiences")] == [3, 5, 9]


@given(episodes=st.lists(episodes, min_size=2, max_size=3, unique_by=lambda one: one.episode))
@settings(deadline=None, max_examples=10)
def test_commits_give_the_same_rows_in_any_order(episodes: list[Lessons], fast: Embedder) -> None:
    known = Lessons("before", 0, {"experiences": judged(*(f"state {n}" for n in range(16)), at=0)})
    outcomes = []
    for order in permutations(episodes):
        with closing(Memories(in_memory(fast.name), fast)) as memories:
            for lessons in (known, *order):
                memories.commit(lessons)
            outcomes.append(everything(memories))
    assert all(outcome == outcomes[0] for outcome in outcomes)


@given(episodes=histories)
@settings(deadline=None, max_examples=25)
def test_the_journal_replayed_gives_exactly_the_rows_of_the_index(
    episodes: list[Lessons], fast: Embedder, tmp_path_factory: pytest.TempPathFactory
) -> None:
    journal = Journal(tmp_path_factory.mktemp("replay") / "journal.jsonl", fast.name)
    index = in_memory(fast.name)
    with closing(Memories(index, fast, capacity=CAPACITY, journal=journal)) as memories:
        for lessons in episodes:
            memories.commit(lessons)
        assert index.all("experiences") == journal.contents(CAPACITY)["experiences"]


@given(episodes=histories)
@settings(deadline=None, max_examples=20)
def test_no_memory_outgrows_its_capacity(episodes: list[Lessons], fast: Embedder) -> None:
    with closing(Memories(in_memory(fast.name), fast, capacity=CAPACITY)) as memories:
        for lessons in episodes:
            memories.commit(lessons)
            assert memories.counts()["experiences"] <= CAPACITY


def test_committing_again_changes_nothing(recorded: tuple[Memories, Journal]) -> None:
    memories, journal = recorded
    lessons = learn(memories, *judged("s", "t"), used=judged("s"))
    before = everything(memories), memories.counts(), journal.path.read_bytes()
    memories.commit(lessons)
    assert (everything(memories), memories.counts(), journal.path.read_bytes()) == before


def test_committing_again_does_not_bring_back_what_was_pruned(
    recorded: tuple[Memories, Journal],
) -> None:
    memories, _ = recorded
    early = learn(memories, *judged("a", "b", at=1), at=1)
    learn(memories, *judged(*"cdefghi", at=2), at=2)
    before = everything(memories)
    memories.commit(early)
    assert everything(memories) == before


def test_an_episode_told_again_otherwise_keeps_its_first_telling(
    recorded: tuple[Memories, Journal],
) -> None:
    memories, journal = recorded
    learn(memories, *judged("s"), at=1)
    learn(memories, *judged("t"), at=1)
    assert left(memories) == {row.text for row in journal.contents(9)["experiences"].values()}


def test_a_commit_that_failed_half_way_is_finished_by_the_next_try(
    recorded: tuple[Memories, Journal], monkeypatch: pytest.MonkeyPatch
) -> None:
    memories, journal = recorded
    with monkeypatch.context() as patch:
        patch.setattr(memories, "_write", _full)
        with pytest.raises(OSError, match="disk is full"):
            learn(memories, *judged("s"))
    learn(memories, *judged("s"))
    assert left(memories) == {"s"}
    assert len(read_journal(journal.path).lines) == 1


def test_what_was_derived_is_forgotten_by_a_commit_that_failed_half_way(
    quick: Memories, monkeypatch: pytest.MonkeyPatch
) -> None:
    def touched() -> int:
        return quick.derive("experiences", "touched", lambda rows: rows[0].touched)

    learn(quick, *judged("s"), at=1)
    before, write = touched(), quick._write

    def full_after_it(name: MemoryName, batch: Sequence[Lessons]) -> None:
        write(name, batch)
        if name == "experiences":
            _full()

    with monkeypatch.context() as patch:
        patch.setattr(quick, "_write", full_after_it)
        with pytest.raises(OSError, match="disk is full"):
            learn(quick, *judged("s", at=2), at=2)
    assert touched() > before


def _full(*_: object) -> None:
    raise OSError("disk is full")


def test_a_used_row_is_touched(quick: Memories) -> None:
    learn(quick, *judged("used", "unused", at=1), at=1)
    learn(quick, at=7, used=judged("used"))
    assert {row.text: row.touched for row in quick.rows("experiences")} == {"used": 7, "unused": 1}


def test_a_row_that_is_used_and_written_anew_is_touched_by_its_use(quick: Memories) -> None:
    learn(quick, *judged("s", at=1), at=1)
    learn(quick, *judged("s", at=5), at=7, used=judged("s"))
    assert [row.touched for row in quick.rows("experiences")] == [7]


def test_using_a_row_that_is_gone_adds_none(quick: Memories) -> None:
    learn(quick, used=judged("gone"))
    assert quick.counts() == {"reflections": 0, "experiences": 0, "values": 0}


def test_what_was_touched_last_survives_pruning(recorded: tuple[Memories, Journal]) -> None:
    memories, _ = recorded
    for at, text in enumerate("abcdefgh", start=1):
        learn(memories, *judged(text, at=at), at=at)
    learn(memories, at=20, used=judged("a"))
    learn(memories, *judged("i", at=21), at=21)
    assert left(memories) == set("aefghi")


def test_memories_that_were_pruned_are_searched_like_others(
    recorded: tuple[Memories, Journal],
) -> None:
    memories, _ = recorded
    for at, text in enumerate("abcdefghi", start=1):
        learn(memories, *judged(text, at=at), at=at)
    for text in "defghi":
        assert found(memories.within("experiences", text, 0.001)) == [text]
    assert memories.within("experiences", "a", 0.001) == []


def test_frozen_memories_refuse_lessons_and_keep_what_they_have(quick: Memories) -> None:
    learn(quick, *judged("s"))
    quick.frozen = True
    with pytest.raises(StoreError, match="these memories are frozen: nothing may be learned here"):
        learn(quick, *judged("t"), at=2)
    assert found(quick.nearest("experiences", "s", 5)) == ["s"]


def test_threads_committing_at_once_lose_nothing(quick: Memories) -> None:
    def teach(at: int) -> None:
        for number in range(5):
            text = f"{at} {number}"
            quick.commit(Lessons(text, at, {"experiences": judged("all", text, at=at)}))
            assert found(quick.within("experiences", text, 0.001)) == [text]

    outcomes: list[int] = []
    threads = [
        threading.Thread(target=lambda at=at: outcomes.append(teach(at) or at)) for at in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [0, 1, 2, 3]
    assert left(quick) == {"all", *(f"{at} {number}" for at in range(4) for number in range(5))}


@given(
    told=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), max_size=6),
    at=stamps,
)
@example(told=["\u2028", "\x85", "\x0b\x0c\x1c", "\r\n"], at=0)
@settings(deadline=None, max_examples=25)
def test_what_is_exported_and_imported_is_the_same(
    told: list[str], at: int, fast: Embedder, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("export") / "memories.jsonl"
    with (
        closing(Memories(in_memory(fast.name), fast)) as one,
        closing(Memories(in_memory(fast.name), fast)) as other,
    ):
        values = tuple(value(text, 1.5, at=at) for text in told)
        one.commit(Lessons("e", at, {"experiences": judged(*told, at=at), "values": values}))
        assert one.export(path) == other.import_from(path) == 2 * len(set(told))
        assert everything(other) == everything(one)


def test_an_import_joins_what_is_there(quick: Memories, fast: Embedder, tmp_path: Path) -> None:
    learn(quick, experience("s", "Hades", verdict=1, at=1), *judged("t"))
    quick.export(tmp_path / "memories.jsonl")
    with closing(Memories(in_memory(fast.name), fast)) as other:
        learn(other, experience("s", "Braid", verdict=0, at=2))
        other.import_from(tmp_path / "memories.jsonl")
        facts = {row.text: set(row.entries) for row in other.rows("experiences")}
    assert facts == {"s": {"Hades", "Braid"}, "t": {"Hades"}}


def test_importing_twice_changes_nothing(
    recorded: tuple[Memories, Journal], quick: Memories, tmp_path: Path
) -> None:
    memories, journal = recorded
    learn(quick, *judged(*"abcdef"))
    quick.export(tmp_path / "memories.jsonl")
    learn(memories, *judged("x", "y", "z"))
    memories.import_from(tmp_path / "memories.jsonl")
    before = everything(memories), journal.path.read_bytes()
    memories.import_from(tmp_path / "memories.jsonl")
    assert (everything(memories), journal.path.read_bytes()) == before


def test_two_imports_that_look_alike_are_both_kept_in_the_journal(
    recorded: tuple[Memories, Journal], fast: Embedder, tmp_path: Path
) -> None:
    memories, journal = recorded
    for text in "ab":
        with closing(Memories(in_memory(fast.name), fast)) as other:
            learn(other, *judged(text))
            other.export(tmp_path / f"{text}.jsonl")
        memories.import_from(tmp_path / f"{text}.jsonl")
    kept = journal.contents(CAPACITY)["experiences"].values()
    assert {row.text for row in kept} == left(memories) == {"a", "b"}


ROW = {"memory": "values", "text": "s", "entries": {"value": {"at": 1, "target": 2.0}}}
BAD_LINES = {
    "empty": b"",
    "not JSON": b"not JSON",
    "a list": b"[]",
    "a string": b'"text"',
    "not UTF-8": b"\xff\xfe",
    "not touched": json.dumps(ROW).encode(),
} | {
    name: json.dumps({**ROW, "touched": 1, **change}).encode()
    for name, change in {
        "unknown memory": {"memory": "wishes"},
        "two memories": {"memory": ["values"]},
        "text not text": {"text": 7},
        "half a character": {"text": "\ud800"},
        "half a character in a field": {"fields": {"why": "\ud800"}},
        "fields that are none": {"fields": ["bored"]},
        "no entries": {"entries": {}},
        "too many entries": {"entries": {f"{n}": {"at": 1, "target": 2.0} for n in range(65)}},
        "a long text": {"text": "long" * 10_000},
        "a long key": {"entries": {"long" * 1000: {"at": 1, "target": 2.0}}},
        "no target": {"entries": {"value": {"at": 1}}},
        "a target that is text": {"entries": {"value": {"at": 1, "target": "x"}}},
        "a target that is true": {"entries": {"value": {"at": 1, "target": True}}},
        "a target without end": {"entries": {"value": {"at": 1, "target": math.inf}}},
        "a target that is no number": {"entries": {"value": {"at": 1, "target": math.nan}}},
        "a target too high": {"entries": {"value": {"at": 1, "target": 501}}},
        "a target below none": {"entries": {"value": {"at": 1, "target": -1.0}}},
        "a user that is a list": {"entries": {"value": {"at": 1, "target": 1.0, "user": [1]}}},
        "a stamp before all": {"entries": {"value": {"at": -1, "target": 1.0}}},
        "a verdict of two": {"memory": "experiences", "entries": {"x": {"at": 1, "verdict": 2}}},
        "no verdict": {"memory": "experiences", "entries": {"x": {"at": 1}}},
        "a fact that is text": {
            "memory": "experiences",
            "entries": {"x": {"at": 1, "verdict": 1, "rating": "high"}},
        },
        "a fact without end": {
            "memory": "experiences",
            "entries": {"x": {"at": 1, "verdict": 1, "rating": math.inf}},
        },
        "a return that is text": {
            "memory": "reflections",
            "entries": {"e": {"at": 1, "reward": "much"}},
        },
        "a return whose square is no number": {
            "memory": "reflections",
            "entries": {"e": {"at": 1, "reward": 1e200}},
        },
        "a length below none": {"memory": "reflections", "entries": {"e": {"at": 1, "length": -1}}},
        "fields of a value": {"fields": {"why": "bored"}},
        "entries not named": {"entries": []},
        "fact without stamp": {"entries": {"value": {"target": 2.0}}},
        "fact not a mapping": {"entries": {"value": "at"}},
        "stamp not a number": {"entries": {"value": {"at": "noon"}}},
        "touched not a number": {"touched": "noon"},
        "touched never": {"touched": math.inf},
        "touched too late": {"touched": 2**70},
    }.items()
}


@pytest.mark.parametrize("bad", BAD_LINES.values(), ids=BAD_LINES)
def test_a_bad_line_imports_nothing_and_is_named(
    recorded: tuple[Memories, Journal], tmp_path: Path, bad: bytes
) -> None:
    memories, journal = recorded
    path = tmp_path / "memories.jsonl"
    good = json.dumps({**ROW, "touched": 1}).encode()
    path.write_bytes(b"\n".join((good, bad, good, b"")))
    with pytest.raises(StoreError) as refusal:
        memories.import_from(path)
    assert re.fullmatch(
        re.escape(f"{path} line 2 is not an exported memory row")
        + r"( \([^\n]+\))?: nothing was imported",
        str(refusal.value),
    )
    assert (memories.counts()["values"], read_journal(journal.path).lines) == (0, [])


def test_a_file_that_is_not_there_is_named(quick: Memories, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"missing\.jsonl"):
        quick.import_from(tmp_path / "missing.jsonl")


def test_an_export_that_cannot_be_written_leaves_the_earlier_one(
    quick: Memories, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "memories.jsonl"
    learn(quick, *judged("s"))
    quick.export(path)
    before = path.read_bytes()
    learn(quick, *judged("t"), at=2)
    monkeypatch.setattr(Path, "replace", _full)
    with pytest.raises(OSError, match="disk is full"):
        quick.export(path)
    assert path.read_bytes() == before
