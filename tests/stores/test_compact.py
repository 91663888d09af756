"""Compacting: the journal forgets how rows came about, and nothing else unless it is asked to."""

import os
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from stores import MEMORIES, Embedder, Lessons, MemoryFolder, Row, StoreError, experience, value
from stores import journal as journal_module
from stores.journal import Journal

Snapshot = dict[str, list[Row]]


class Refusing:
    """An embedder that must not be needed."""

    def __init__(self, embedder: Embedder) -> None:
        self.name = embedder.name

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        assert not texts
        return np.empty((0, 0), np.float32)


def episode(at: int, *texts: str) -> Lessons:
    return Lessons(
        f"episode {at}",
        at,
        {
            "experiences": tuple(experience(text, "Hades", verdict=1, at=at) for text in texts),
            "values": (value(f"value {at}", 1.0, at=at),),
        },
    )


def opened(folder: Path, embedder: Embedder) -> "closing[MemoryFolder]":
    return closing(MemoryFolder(folder, embedder))


def everything(memories: MemoryFolder) -> Snapshot:
    return {name: memories.rows(name) for name in MEMORIES}


@pytest.fixture
def folder(tmp_path: Path, fast: Embedder) -> Path:
    """Nine episodes, each of which joins one row and adds two."""
    with opened(tmp_path / "memory", fast) as memories:
        for at in range(1, 10):
            memories.commit(episode(at, "all", f"state {at}"))
    return tmp_path / "memory"


def lines(folder: Path) -> int:
    return len((folder / "journal.jsonl").read_bytes().splitlines())


def test_compacting_keeps_every_row_in_two_lines(folder: Path, fast: Embedder) -> None:
    with opened(folder, fast) as memories:
        before = everything(memories)
        dropped = memories.compact()
        assert everything(memories) == before
    assert dropped == dict.fromkeys(MEMORIES, 0)
    assert lines(folder) == 2
    with opened(folder, fast) as memories:
        assert everything(memories) == before


@pytest.mark.parametrize("keep", [0, 1, 4, 9, 100])
def test_with_keep_the_rows_touched_last_stay_also_when_it_is_opened_again(
    folder: Path, fast: Embedder, keep: int
) -> None:
    with opened(folder, fast) as memories:
        before = everything(memories)
        dropped = memories.compact(keep)
        after = everything(memories)
    for name in MEMORIES:
        assert after[name] == before[name][max(0, len(before[name]) - keep) :]
        assert dropped[name] == len(before[name]) - len(after[name])
    with opened(folder, fast) as memories:
        assert everything(memories) == after


def test_rows_that_are_kept_are_found_and_others_are_not(folder: Path, fast: Embedder) -> None:
    with opened(folder, fast) as memories:
        memories.compact(3)
        for text in ("all", "state 8", "state 9"):
            assert [hit.row.text for hit in memories.nearest("experiences", text, 1)] == [text]
        assert memories.within("experiences", "state 7", 0.001) == []


def test_nothing_is_embedded_to_compact_or_to_open_again(folder: Path, fast: Embedder) -> None:
    with opened(folder, Refusing(fast)) as memories:
        memories.compact(4)
    with opened(folder, Refusing(fast)) as memories:
        assert memories.counts() == {"reflections": 0, "experiences": 4, "values": 4}


def test_what_was_committed_before_is_not_committed_again(folder: Path, fast: Embedder) -> None:
    with opened(folder, fast) as memories:
        memories.compact(2)
        before = everything(memories)
        memories.commit(episode(1, "all", "state 1"))
        assert everything(memories) == before
    with opened(folder, fast) as memories:
        memories.commit_all([episode(at, "all", f"state {at}") for at in range(1, 10)])
        assert everything(memories) == before
    assert lines(folder) == 2


@given(steps=st.lists(st.integers(0, 9) | st.none(), max_size=8))
@settings(deadline=None, max_examples=15)
def test_learning_and_compacting_in_any_order_is_the_same_when_opened_again(
    steps: list[int | None], fast: Embedder, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("memory")
    plain = tmp_path_factory.mktemp("plain")
    with opened(folder, fast) as one, opened(plain, fast) as other:
        for at, number in enumerate(steps, start=1):
            if number is None:
                one.compact()
            else:
                lessons = episode(at, f"state {number}", f"state {number + 1}")
                one.commit(lessons)
                other.commit(lessons)
        before = everything(one)
        assert before == everything(other)
    with opened(folder, fast) as one:
        assert everything(one) == before
    journals = [Journal(place / "journal.jsonl", fast.name) for place in (folder, plain)]
    assert journals[0].committed() == journals[1].committed()


def test_frozen_memories_are_not_compacted(folder: Path, fast: Embedder) -> None:
    with opened(folder, fast) as memories:
        memories.frozen = True
        with pytest.raises(StoreError, match="frozen"):
            memories.compact(1)


def test_a_journal_that_cannot_be_rewritten_stays(
    folder: Path, fast: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (folder / "journal.jsonl").read_bytes()
    with opened(folder, fast) as memories, monkeypatch.context() as patch:
        rows = everything(memories)
        patch.setattr(os, "fsync", _full)
        with pytest.raises(OSError, match="disk is full"):
            memories.compact(1)
        assert everything(memories) == rows
    assert (folder / "journal.jsonl").read_bytes() == before
    assert list(folder.glob("*.partial")) == []


def test_a_stop_between_journal_and_index_is_mended_at_opening(
    folder: Path, fast: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(folder, fast) as memories, monkeypatch.context() as patch:
        patch.setattr("stores.folder._sync", _full)
        with pytest.raises(OSError, match="disk is full"):
            memories.compact(2)
    with opened(folder, fast) as memories:
        assert [row.text for row in memories.rows("values")] == ["value 8", "value 9"]


@pytest.mark.parametrize(("above", "expected"), [(0, 2), (10**9, 10)])
def test_a_journal_far_longer_than_its_rows_is_made_short_at_opening(
    folder: Path, fast: Embedder, monkeypatch: pytest.MonkeyPatch, above: int, expected: int
) -> None:
    monkeypatch.setattr(journal_module, "COMPACT_ABOVE", above)
    monkeypatch.setattr(journal_module, "COMPACT_FACTOR", 1.2)
    with opened(folder, fast) as memories:
        before = everything(memories)
    assert lines(folder) == expected
    with opened(folder, fast) as memories:
        assert everything(memories) == before
        memories.commit(episode(1, "told again"))
        assert everything(memories) == before


def test_a_journal_not_much_longer_than_its_rows_is_left(
    folder: Path, fast: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "COMPACT_ABOVE", 0)
    with opened(folder, fast):
        assert lines(folder) == 10


def _full(*_: object) -> None:
    raise OSError("disk is full")
