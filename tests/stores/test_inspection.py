"""Memory folders looked at from outside: nothing is locked, opened, mended or changed."""

from contextlib import closing
from pathlib import Path

import pytest

from stores import (
    Embedder,
    Lessons,
    MemoryFolder,
    StoreError,
    embedding_in,
    experience,
    memory_folders,
    overview,
    read_memories,
    value,
)


def episode(at: int) -> Lessons:
    rows = (experience(f"state {at}", "Hades", verdict=1, at=at),)
    return Lessons(f"e{at}", at, {"experiences": rows, "values": (value("s", 1.0, at=at),)})


@pytest.fixture
def folder(tmp_path: Path, fast: Embedder) -> Path:
    """Three episodes."""
    with closing(MemoryFolder(tmp_path / "memory", fast)) as memories:
        memories.commit_all([episode(at) for at in (1, 2, 3)])
    return tmp_path / "memory"


def files(folder: Path) -> dict[Path, tuple[int, int]]:
    return {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in folder.rglob("*")}


def test_an_overview_counts_what_a_folder_holds(folder: Path) -> None:
    seen = overview(folder)
    assert seen.rows == {"reflections": 0, "experiences": 3, "values": 1}
    assert (seen.episodes, seen.embedding, seen.in_use) == (3, "hash", False)
    assert seen.size == sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_an_overview_changes_nothing(folder: Path) -> None:
    before = files(folder)
    overview(folder)
    assert files(folder) == before


def test_a_folder_that_is_open_is_in_use_and_can_be_read(folder: Path, fast: Embedder) -> None:
    with closing(MemoryFolder(folder, fast)) as memories:
        memories.commit(episode(4))
        seen = overview(folder)
        assert read_memories(folder).rows["experiences"].keys() == {
            row.id for row in memories.rows("experiences")
        }
    assert (seen.in_use, seen.episodes) == (True, 4)


def test_asking_whether_a_folder_is_in_use_keeps_nobody_out(folder: Path, fast: Embedder) -> None:
    overview(folder)
    with closing(MemoryFolder(folder, fast)) as memories:
        assert memories.counts()["experiences"] == 3


def test_a_line_that_is_being_written_is_not_read_and_not_cut_off(folder: Path) -> None:
    journal = folder / "journal.jsonl"
    journal.write_bytes(journal.read_bytes() + b'{"episode": "e4", "at"')
    before = journal.read_bytes()
    assert overview(folder).episodes == 3
    assert journal.read_bytes() == before


def test_what_a_compacted_folder_committed_is_counted(folder: Path, fast: Embedder) -> None:
    with closing(MemoryFolder(folder, fast)) as memories:
        memories.compact(1)
    seen = overview(folder)
    assert (seen.episodes, seen.rows["experiences"]) == (3, 1)


def test_imported_rows_are_rows_but_no_episode(
    folder: Path, tmp_path: Path, fast: Embedder
) -> None:
    with closing(MemoryFolder(folder, fast)) as memories:
        memories.export(tmp_path / "rows.jsonl")
    with closing(MemoryFolder(tmp_path / "other", fast)) as memories:
        memories.import_from(tmp_path / "rows.jsonl")
    seen = overview(tmp_path / "other")
    assert (seen.episodes, seen.rows["experiences"]) == (0, 3)


def test_folders_are_found_however_deep_they_are(
    folder: Path, tmp_path: Path, fast: Embedder
) -> None:
    with closing(MemoryFolder(tmp_path / "run" / "cells" / "a.0" / "memory", fast)) as memories:
        memories.commit(episode(1))
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "journal.jsonl").touch()
    assert memory_folders(tmp_path) == [folder, tmp_path / "run" / "cells" / "a.0" / "memory"]
    assert memory_folders(folder) == [folder]


def test_a_folder_without_memories_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as refusal:
        overview(tmp_path)
    assert str(refusal.value) == (
        f"{tmp_path} holds no memories: `billp memory list` shows folders that do"
    )


@pytest.mark.parametrize(
    "header", [b"[]\n", b'{"schema": 1}\n', b'{"schema": 1, "embedding": 5}\n']
)
def test_a_journal_of_something_else_is_refused(tmp_path: Path, header: bytes) -> None:
    (tmp_path / "journal.jsonl").write_bytes(header)
    with pytest.raises(StoreError, match="is not a memory journal"):
        embedding_in(tmp_path)


def test_a_new_folder_takes_the_default_embedding(tmp_path: Path, folder: Path) -> None:
    assert embedding_in(tmp_path / "new", "some-model") == "some-model"
    assert embedding_in(folder, "some-model") == "hash"
