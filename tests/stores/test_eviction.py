"""A memory above its capacity: which rows leave, and that the others are not filled in anew."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from stores import Embedder, Lessons, MemoryFolder, MemoryName, Row, experience
from stores.index import MOST_REMOVED, Index
from stores.journal_lines import read_journal, state_after

CAPACITY, EPISODE = 40, 8
EXPERIENCES: MemoryName = "experiences"


@pytest.fixture
def memories(
    tmp_path: Path, fast: Embedder, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MemoryFolder]:
    """A small memory that evicts as a large one does."""
    monkeypatch.setattr("stores.index.SMALL", 0)
    with closing(MemoryFolder(tmp_path, fast, capacity=CAPACITY)) as memories:
        yield memories


def episode(at: int) -> Lessons:
    """Eight new situations, and the use of one that is old."""
    rows = tuple(experience(f"{at}.{n}", "Hades", verdict=1, at=at) for n in range(EPISODE))
    return Lessons(
        f"episode {at}", at, {EXPERIENCES: rows}, {EXPERIENCES: (Row(f"{at - 4}.0", {}).id,)}
    )


def told(folder: Path) -> dict[str, Row]:
    """The rows by the journal alone."""
    return state_after(read_journal(folder / "journal.jsonl").lines, CAPACITY).rows[EXPERIENCES]


def test_rows_that_leave_are_removed_and_the_others_are_not_filled_in_anew(
    memories: MemoryFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Index, "replace", None)
        for at in range(8):
            memories.commit(episode(at))
    kept = {row.id: row for row in memories.rows(EXPERIENCES)}
    assert len(kept) < 8 * EPISODE
    assert kept == told(memories.folder)
    hits = memories.nearest(EXPERIENCES, "7.7", 100)
    assert {hit.row.id: hit.row for hit in hits} == kept
    assert hits[0].row.text == "7.7"
    assert {row.text for row in kept.values()} >= {"3.0", "7.7"}


def test_a_batch_evicts_what_its_episodes_evict_one_by_one(
    memories: MemoryFolder, tmp_path: Path, fast: Embedder
) -> None:
    with closing(MemoryFolder(tmp_path / "other", fast, capacity=CAPACITY)) as other:
        for start in range(0, 12, 4):
            memories.commit_all([episode(at) for at in range(start, start + 4)])
            for at in range(start, start + 4):
                other.commit(episode(at))
            assert memories.rows(EXPERIENCES) == other.rows(EXPERIENCES)


def test_the_search_index_is_made_anew_before_it_has_many_places_without_a_row(
    memories: MemoryFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    replaced, replace = list[int](), Index.replace

    def noted(index: Index, name: MemoryName, rows: list[Row], vectors: object) -> None:
        replaced.append(len(rows))
        replace(index, name, rows, vectors)  # type: ignore[arg-type]

    monkeypatch.setattr(Index, "replace", noted)
    episodes = CAPACITY * (MOST_REMOVED + 2) // EPISODE
    for at in range(episodes):
        memories.commit(episode(at))
    assert 0 < len(replaced) <= 2  # of some twelve evictions
    assert {row.id: row for row in memories.rows(EXPERIENCES)} == told(memories.folder)
    assert len(memories.nearest(EXPERIENCES, "0.0", 100)) == memories.counts()[EXPERIENCES]
