"""Committing a batch of episodes: the same as one by one, and whole after whatever befalls it."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from stores import (
    MEMORIES,
    Embedder,
    Lessons,
    Memories,
    MemoryFolder,
    MemoryName,
    Row,
    StoreError,
    experience,
    in_memory,
    reflection,
    value,
)
from stores.journal import Journal

pytestmark = pytest.mark.slow

CAPACITY = 8

texts = st.integers(0, 15).map(lambda number: f"state {number}")
stamps = st.integers(0, 30)
rows = {
    "reflections": st.builds(
        lambda text, at: reflection(text, episode=f"e{at}", at=at, length=at, reward=1.0),
        texts, stamps,
    ),
    "experiences": st.builds(
        lambda text, item, verdict, at: experience(text, item, verdict=verdict, at=at),
        texts, st.sampled_from(["Hades", "Braid", "Rez"]), st.integers(0, 1), stamps,
    ),
    "values": st.builds(
        lambda text, target, at: value(text, target, at=at),
        texts, st.floats(0, 10), stamps,
    ),
}  # fmt: skip
uses = texts.map(lambda text: Row(text, {}).id)
episodes = st.builds(
    Lessons,
    st.integers(0, 9).map("episode {}".format),
    stamps,
    st.fixed_dictionaries({name: st.lists(rows[name], max_size=4).map(tuple) for name in MEMORIES}),
    st.fixed_dictionaries({name: st.lists(uses, max_size=3).map(tuple) for name in MEMORIES}),
)
batches = st.lists(st.lists(episodes, max_size=5), min_size=1, max_size=4)


class Noting:
    """Another embedder that notes what it is asked."""

    def __init__(self, embedder: Embedder) -> None:
        self.name = embedder.name
        self.asked: list[str] = []
        self._embedder = embedder

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        return self._embedder.embed(texts)


def everything(memories: Memories) -> dict[MemoryName, list[Row]]:
    return {name: memories.rows(name) for name in MEMORIES}


def judged(*texts: str, at: int = 1) -> Lessons:
    rows = tuple(experience(text, "Hades", verdict=1, at=at) for text in texts)
    return Lessons(f"episode {at}", at, {"experiences": rows})


@given(batches=batches)
@settings(deadline=None, max_examples=40)
def test_a_batch_leaves_what_its_episodes_leave_one_by_one(
    batches: list[list[Lessons]], fast: Embedder, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("batches")
    journals = [Journal(folder / f"{name}.jsonl", fast.name) for name in ("batches", "singly")]
    with (
        closing(Memories(in_memory(fast.name), fast, capacity=CAPACITY, journal=journals[0])) as a,
        closing(Memories(in_memory(fast.name), fast, capacity=CAPACITY, journal=journals[1])) as b,
    ):
        for batch in batches:
            a.commit_all(batch)
            for lessons in batch:
                b.commit(lessons)
            assert everything(a) == everything(b)
        for name in MEMORIES:
            assert a.nearest(name, "state 3", 20) == b.nearest(name, "state 3", 20)
    one, other = (journal.path for journal in journals)
    assert one.exists() == other.exists()
    assert not one.exists() or one.read_bytes() == other.read_bytes()


@given(batches=batches)
@settings(deadline=None, max_examples=20)
def test_the_journal_replayed_gives_exactly_the_rows_of_the_index(
    batches: list[list[Lessons]], fast: Embedder, tmp_path_factory: pytest.TempPathFactory
) -> None:
    journal = Journal(tmp_path_factory.mktemp("replay") / "journal.jsonl", fast.name)
    index = in_memory(fast.name)
    with closing(Memories(index, fast, capacity=CAPACITY, journal=journal)) as memories:
        for batch in batches:
            memories.commit_all(batch)
        assert {name: index.all(name) for name in MEMORIES} == journal.contents(CAPACITY)


def test_an_episode_told_twice_in_a_batch_keeps_its_first_telling(quick: Memories) -> None:
    quick.commit_all([judged("a"), judged("b")])
    assert [row.text for row in quick.rows("experiences")] == ["a"]


def test_frozen_memories_refuse_a_batch(quick: Memories) -> None:
    quick.frozen = True
    with pytest.raises(StoreError, match="frozen"):
        quick.commit_all([judged("a")])


def test_texts_that_are_there_are_not_embedded_again(fast: Embedder) -> None:
    noting = Noting(fast)
    with closing(Memories(in_memory(fast.name), noting, capacity=CAPACITY)) as memories:
        memories.commit(judged(*"abcdef", at=1))
        memories.commit_all([judged("b", "g", at=2), judged("c", "h", at=3)])
        memories.commit(judged(*"xyz", at=4))  # prunes
        assert sorted(noting.asked) == sorted("abcdefghxyz")


def test_a_batch_is_in_the_folder_when_it_is_opened_again(tmp_path: Path, fast: Embedder) -> None:
    batch = [judged(f"state {at}", at=at) for at in range(1, 4)]
    with closing(MemoryFolder(tmp_path, fast)) as memories:
        memories.commit_all(batch)
        before = everything(memories)
    with closing(MemoryFolder(tmp_path, fast)) as memories:
        assert everything(memories) == before
        memories.commit_all(batch)
        assert everything(memories) == before


def test_a_batch_that_reached_only_the_journal_is_learned_at_opening(
    tmp_path: Path, fast: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = [judged(f"state {at}", at=at) for at in range(1, 4)]
    memories = MemoryFolder(tmp_path, fast)
    with closing(memories), monkeypatch.context() as patch:
        patch.setattr(memories, "_write", _full)
        with pytest.raises(OSError, match="disk is full"):
            memories.commit_all(batch)
    with closing(MemoryFolder(tmp_path, fast)) as memories:
        assert [row.touched for row in memories.rows("experiences")] == [1, 2, 3]


def _full(*_: object) -> None:
    raise OSError("disk is full")
