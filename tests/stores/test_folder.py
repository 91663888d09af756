"""A memory folder on disk: one process at a time, and nothing lost to kills or damaged files."""

import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import durable
from stores import (
    Embedder,
    Lessons,
    MemoryFolder,
    Row,
    StoreError,
    StoreInUseError,
    experience,
    read_memories,
    reflection,
    value,
)
from stores import folder as folder_module
from stores import journal as journal_module
from stores.journal import Journal
from stores.journal_lines import RowsByMemory

STATES = 1100  # enough for Chroma to write its search index to files
CHILD = """
import sys
import warnings
from pathlib import Path
sys.path.insert(0, {tests!r})
from conftest import HashEmbedder
from stores import MemoryFolder
folder = Path(sys.argv[1])
memories = MemoryFolder(folder, HashEmbedder())
"""
HOLD = "print('open', flush=True); sys.stdin.read()"
EXAMINE = """
rows = memories.rows("experiences")[::10]
hits = [memories.nearest("experiences", row.text, 1)[0] for row in rows]
print(sum(hit.row == row for hit, row in zip(hits, rows, strict=True)))
memories.export(folder / "export.jsonl")
"""

Damage = Callable[[Path], object]
unharmed = pytest.mark.filterwarnings("error:the index in .* is damaged")


def child(folder: Path, task: str) -> list[str | Path]:
    """The command of a process that opens a folder and does something there."""
    return [sys.executable, "-c", CHILD.format(tests=str(Path(__file__).parent)) + task, folder]


def states(count: int, at: int = 1) -> Lessons:
    rows = tuple(experience(f"{at}.{n}", "Hades", verdict=n % 2, at=at) for n in range(count))
    return Lessons(f"episode {at}", at, {"experiences": rows})


def open_folder(
    folder: Path, embedder: Embedder, capacity: int = 10_000
) -> "closing[MemoryFolder]":
    return closing(MemoryFolder(folder, embedder, capacity=capacity))


def rows(folder: Path, embedder: Embedder) -> list[Row]:
    with open_folder(folder, embedder) as memories:
        return memories.rows("experiences")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, fast: Embedder) -> Path:
    """A folder with two episodes in it, and its export beside."""
    folder = tmp_path_factory.mktemp("filled") / "memory"
    with open_folder(folder, fast) as memories:
        memories.commit(states(STATES))
        memories.commit(
            Lessons(
                "episode 2",
                2,
                {
                    "reflections": (reflection("vary", episode="2", at=2, length=9, reward=30.0),),
                    "values": (value("1.7", 7.5, at=2),),
                },
                {"experiences": (experience("1.7", "Hades", verdict=1, at=1).id,)},
            )
        )
        memories.export(folder.parent / "export.jsonl")
    return folder


@pytest.fixture
def folder(filled: Path, tmp_path: Path) -> Path:
    """That folder, to be damaged."""
    return Path(shutil.copytree(filled, tmp_path / "memory"))


@pytest.fixture
def exported(filled: Path) -> str:
    """What that folder must still hold."""
    return (filled.parent / "export.jsonl").read_text()


def export(folder: Path, embedder: Embedder) -> str:
    with open_folder(folder, embedder) as memories:
        memories.export(folder / "export.jsonl")
    return (folder / "export.jsonl").read_text()


def part(folder: Path, name: str) -> Path:
    """One of Chroma's files; of those of the three memories, the largest one's."""
    (database,) = folder.glob("chroma-*/chroma.sqlite3")
    largest = max(database.parent.glob("*/data_level0.bin"), key=lambda path: path.stat().st_size)
    return database if name == database.name else largest.with_name(name)


def garble(path: Path) -> None:
    path.write_bytes(np.random.default_rng(0).bytes(path.stat().st_size))


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def fill_with_zeros(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def lose_a_page(path: Path) -> None:
    data = path.read_bytes()
    middle = len(data) // 2
    page = bytes(min(4096, len(data) - middle))
    path.write_bytes(data[:middle] + page + data[middle + len(page) :])


def delete(path: Path) -> None:
    path.unlink()


def delete_folder(path: Path) -> None:
    shutil.rmtree(path.parent)


@unharmed
def test_what_was_committed_is_there_when_it_is_opened_again(
    folder: Path, fast: Embedder, exported: str
) -> None:
    assert export(folder, fast) == exported


def test_another_process_is_refused_until_the_first_is_killed(
    tmp_path: Path, fast: Embedder
) -> None:
    folder = tmp_path / "memory"
    with subprocess.Popen(
        child(folder, HOLD), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(StoreInUseError) as refusal:
            MemoryFolder(folder, fast)
        holder.kill()
    assert str(refusal.value) == (
        f"memory folder {folder} is in use by another process (`langgraph dev`?): stop that "
        "one, choose another memory (--memory NAME), or share a Chroma server (BILLP_CHROMA)"
    )
    assert rows(folder, fast) == []


def test_of_two_whose_lock_was_deleted_the_later_goes_on_and_the_first_is_told(
    tmp_path: Path, fast: Embedder
) -> None:
    first = MemoryFolder(tmp_path, fast)
    first.commit(states(3, at=1))
    (tmp_path / "lock").unlink()
    with closing(MemoryFolder(tmp_path, fast)) as second:
        for write in (lambda: first.commit(states(3, at=2)), first.compact):
            with pytest.raises(StoreInUseError, match="'lock' was deleted while it was in use"):
                write()
        second.commit(states(3, at=2))
        taught = second.rows("experiences")
    first.close()
    assert rows(tmp_path, fast) == taught
    assert len(taught) == 6


def test_one_process_cannot_open_a_folder_twice(tmp_path: Path, fast: Embedder) -> None:
    with open_folder(tmp_path, fast), pytest.raises(StoreInUseError):
        MemoryFolder(tmp_path, fast)


@unharmed
def test_a_refused_opening_lets_go_of_the_folder(folder: Path, fast: Embedder) -> None:
    journal = folder / "journal.jsonl"
    whole = journal.read_text()
    journal.write_bytes(durable.checked_line({"schema": 3, "embedding": fast.name}))
    with pytest.raises(StoreError, match="has schema 3") as refusal:
        MemoryFolder(folder, fast)
    journal.write_text(whole)
    assert len(rows(folder, fast)) == STATES
    del refusal  # it kept the folder's lock from being released by the garbage collector


def test_a_folder_that_cannot_be_made_is_refused_in_one_line(
    tmp_path: Path, fast: Embedder
) -> None:
    (tmp_path / "file").write_text("not a folder")
    folder = tmp_path / "file" / "memory"
    with pytest.raises(StoreError) as refusal:
        MemoryFolder(folder, fast)
    (line,) = str(refusal.value).splitlines()
    assert line.startswith(f"memory folder {folder} cannot be written (")
    assert line.endswith("): set BILLP_HOME to a folder that can")


@pytest.mark.filterwarnings("ignore:the index in .* is damaged")
@pytest.mark.parametrize(
    "damage", [garble, truncate, empty, fill_with_zeros, lose_a_page, delete, delete_folder]
)
def test_a_damaged_database_is_rebuilt_with_all_rows(
    damage: Damage, folder: Path, fast: Embedder, exported: str
) -> None:
    damage(part(folder, "chroma.sqlite3"))
    assert export(folder, fast) == exported


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("data_level0.bin", truncate),
        ("data_level0.bin", lose_a_page),
        ("header.bin", fill_with_zeros),
        ("header.bin", truncate),
        ("header.bin", delete_folder),
        ("link_lists.bin", fill_with_zeros),
        ("index_metadata.pickle", delete),
    ],
)
def test_a_damaged_search_index_is_rebuilt_with_all_rows(
    name: str, damage: Damage, folder: Path, exported: str
) -> None:
    damage(part(folder, name))
    # apart, since Chroma's native part ends its process over some of these
    examined = subprocess.run(child(folder, EXAMINE), capture_output=True, text=True, check=False)
    assert (examined.returncode, examined.stdout) == (0, f"{STATES // 10}\n"), examined.stderr
    assert (folder / "export.jsonl").read_text() == exported


@unharmed
def test_a_rebuild_is_said_once_and_takes_the_damaged_ones_place(
    folder: Path, fast: Embedder, exported: str
) -> None:
    garble(part(folder, "chroma.sqlite3"))
    with pytest.warns(
        UserWarning, match=r"rebuilt from journal\.jsonl, no committed episode is lo"
    ):
        export(folder, fast)
    assert export(folder, fast) == exported
    assert [path.name for path in folder.glob("chroma-*")] == ["chroma-1"]


def test_an_index_that_is_damaged_without_a_journal_is_left_as_it_is(
    folder: Path, fast: Embedder, exported: str
) -> None:
    garble(part(folder, "chroma.sqlite3"))
    (folder / "journal.jsonl").unlink()
    with pytest.raises(StoreError, match=r"restore journal\.jsonl"):
        MemoryFolder(folder, fast)
    assert part(folder, "chroma.sqlite3").exists()


def test_a_rebuild_that_was_interrupted_is_finished(
    folder: Path, fast: Embedder, exported: str
) -> None:
    (folder / "chroma-1").mkdir()
    assert export(folder, fast) == exported


def test_a_copy_that_a_user_made_of_the_index_is_left_alone(
    folder: Path, fast: Embedder, exported: str
) -> None:
    copy = shutil.copytree(folder / "chroma-0", folder / "chroma-0.bak")
    assert export(folder, fast) == exported
    assert copy.is_dir()


def test_an_episode_that_reached_only_the_journal_is_learned_at_opening(
    folder: Path, fast: Embedder
) -> None:
    Journal(folder / "journal.jsonl", fast.name).append(states(3, at=9))
    assert {row.text for row in rows(folder, fast)} >= {"9.0", "9.1", "9.2"}


def test_a_lost_journal_is_made_anew_from_the_index(
    folder: Path, fast: Embedder, exported: str
) -> None:
    (folder / "journal.jsonl").unlink()
    with pytest.warns(UserWarning, match="no committed episode is lost; 2 episodes restored"):
        assert export(folder, fast) == exported
    shutil.rmtree(folder / "chroma-0")
    assert export(folder, fast) == exported


def test_a_lost_journal_is_not_made_anew_for_another_embedding(
    folder: Path, fast: Embedder, exported: str
) -> None:
    class Other(type(fast)):  # type: ignore[misc]
        name = "other-model"

    (folder / "journal.jsonl").unlink()
    with pytest.raises(StoreError, match="made with embedding 'hash', not 'other-model'"):
        MemoryFolder(folder, Other())
    assert export(folder, fast) == exported


def test_a_smaller_capacity_at_opening_keeps_what_was_touched_last(
    tmp_path: Path, fast: Embedder
) -> None:
    with open_folder(tmp_path, fast) as memories:
        for at in range(1, 13):
            memories.commit(states(1, at))
    with open_folder(tmp_path, fast, capacity=8) as memories:
        assert [row.touched for row in memories.rows("experiences")] == [7, 8, 9, 10, 11, 12]


@unharmed
def test_pruned_memories_are_the_same_when_opened_again(tmp_path: Path, fast: Embedder) -> None:
    with open_folder(tmp_path, fast, capacity=8) as memories:
        for at in range(1, 13):
            memories.commit(states(2, at))
        before = memories.rows("experiences")
    with open_folder(tmp_path, fast, capacity=8) as memories:
        assert memories.rows("experiences") == before


def test_folders_open_side_by_side_are_apart(tmp_path: Path, fast: Embedder) -> None:
    with open_folder(tmp_path / "a", fast) as one, open_folder(tmp_path / "b", fast) as other:
        one.commit(states(3))
        assert other.counts()["experiences"] == 0


FILL = """
import resource
from stores import Lessons, value
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
for at in range(1, 1000):
    rows = tuple(value(f"{at} {n}", 1.0, at=at) for n in range(10))
    try:
        memories.commit(Lessons(f"episode {at}", at, {"values": rows}))
    except Exception as error:
        print(type(error).__name__, "make room" in str(error), at)
        break
"""


def test_a_file_system_without_room_is_said_in_one_line_and_loses_nothing(
    tmp_path: Path, fast: Embedder
) -> None:
    told = subprocess.run(child(tmp_path / "m", FILL), capture_output=True, text=True, check=True)
    kind, helpful, at = told.stdout.split()
    assert (kind, helpful) == ("StoreError", "True")
    with warnings.catch_warnings(action="ignore"), open_folder(tmp_path / "m", fast) as memories:
        assert memories.counts()["values"] in {10 * (int(at) - 1), 10 * int(at)}


def replayed(folder: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch) -> list[Row] | None:
    """The rows of a folder whose journal had to be replayed to open it; None if it had not."""
    calls = list[int]()
    contents = folder_module._contents

    def noted(*arguments: Any) -> RowsByMemory:
        calls.append(1)
        return contents(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(folder_module, "_contents", noted)
        found = rows(folder, embedder)
    return found if calls else None


def flip_a_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@unharmed
def test_a_folder_that_is_as_it_was_closed_is_opened_without_its_journal(
    tmp_path: Path, fast: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_folder(tmp_path, fast) as memories:
        memories.commit(states(3))
        taught = memories.rows("experiences")
    with monkeypatch.context() as patch:
        patch.setattr(journal_module, "read_journal", None)
        with open_folder(tmp_path, fast) as memories:
            assert memories.rows("experiences") == taught
            memories.commit(states(3))  # known already
            memories.commit(states(3, at=2))
            taught = memories.rows("experiences")
    assert len(taught) == 6
    assert replayed(tmp_path, fast, monkeypatch) is None
    (tmp_path / "closed.json").unlink()
    assert replayed(tmp_path, fast, monkeypatch) == taught


@pytest.mark.filterwarnings("ignore:.* is damaged")
def test_whatever_changed_since_a_folder_was_closed_has_its_journal_replayed(
    tmp_path: Path, fast: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_folder(tmp_path, fast) as memories:
        memories.commit(states(3))
        taught = memories.rows("experiences")
    database = next(tmp_path.glob("chroma-*/chroma.sqlite3"))
    for path in ("journal.jsonl", "committed.jsonl", "closed.json"):
        flip_a_bit(tmp_path / path)
        assert replayed(tmp_path, fast, monkeypatch) == taught
        assert replayed(tmp_path, fast, monkeypatch) is None
    flip_a_bit(database)
    assert replayed(tmp_path, fast, monkeypatch) == taught
    with open_folder(tmp_path, fast, capacity=5) as memories:
        assert memories.rows("experiences") == taught


def test_a_commit_that_failed_is_learned_although_the_folder_was_closed_then(
    tmp_path: Path, fast: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    memories = MemoryFolder(tmp_path, fast)
    memories.commit(states(3))
    with closing(memories), monkeypatch.context() as patch:
        patch.setattr(memories, "_write", None)
        with pytest.raises(TypeError):
            memories.commit(states(3, at=2))
    assert len(replayed(tmp_path, fast, monkeypatch) or []) == 6


def test_a_folder_keeps_the_capacity_that_it_was_given(tmp_path: Path, fast: Embedder) -> None:
    with open_folder(tmp_path, fast, capacity=8) as memories:
        memories.commit(states(8))
        memories.commit(states(1, at=2))
        left = memories.rows("experiences")
    with closing(MemoryFolder(tmp_path, fast)) as memories:
        assert (memories.capacity, memories.rows("experiences")) == (8, left)
    assert set(read_memories(tmp_path).rows["experiences"]) == {row.id for row in left}
    (tmp_path / "settings.json").write_text("{}")
    with pytest.raises(StoreError, match=r"settings\.json is damaged: delete it"):
        MemoryFolder(tmp_path, fast)


def test_from_an_empty_folder_nothing_is_derived(tmp_path: Path, embedder: Embedder) -> None:
    with closing(MemoryFolder(tmp_path, embedder)) as memories:
        assert memories.derive("reflections", "texts", list) == []
