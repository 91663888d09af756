"""Damage to a journal is noticed, told with how many episodes it concerns, and mended."""

import json
import random
import re
import shutil
import warnings
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

import durable
from stores import (
    MEMORIES,
    Embedder,
    Lessons,
    MemoryFolder,
    MemoryName,
    Row,
    experience,
    read_memories,
    reflection,
    value,
)
from stores.commit_record import RECORD
from stores.folder import JOURNAL
from stores.journal import Journal
from stores.journal_lines import RowsByMemory, read_journal
from stores.mending import IndexState

EPISODES, FLIPS, CAPACITY = 8, 300, 10_000

Rows = dict[MemoryName, list[Row]]
Damage = Callable[[bytes], bytes]


def taught(number: int) -> Lessons:
    """An episode of two rounds that used the reflection of the one before."""
    name, at = f"run/{number:04d}", number * 1000
    rows: dict[MemoryName, tuple[Row, ...]] = {
        "reflections": (reflection(f"Vary {number}.", episode=name, at=at, length=2, reward=7.5),),
        "experiences": (experience("puzzles", f"Rez — {number}", verdict=number % 2, at=at + 1),),
        "values": tuple(value("puzzles", n + 0.5, at=at + n, key=f"{name}.{n}") for n in (1, 2)),
    }
    used = {"reflections": (Row(f"Vary {number - 1}.", {}).id,)}
    return Lessons(name, at + 2, rows, used, 7.5, user=number % 3)


def opened(folder: Path, embedder: Embedder) -> "closing[MemoryFolder]":
    return closing(MemoryFolder(folder, embedder))


def rows_of(memories: MemoryFolder) -> Rows:
    return {name: memories.rows(name) for name in MEMORIES}


def mended(folder: Path, embedder: Embedder) -> tuple[Rows, list[str]]:
    """What a folder holds once it is opened, and what was told of it."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        with opened(folder, embedder) as memories:
            rows = rows_of(memories)
    return rows, [str(one.message) for one in told if one.category is UserWarning]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, fast: Embedder) -> Path:
    """A folder of eight episodes, the first four of them compacted into one line."""
    folder = tmp_path_factory.mktemp("filled") / "memory"
    with opened(folder, fast) as memories:
        memories.commit_all([taught(number) for number in range(1, 5)])
        memories.compact()
        for number in range(5, EPISODES + 1):
            memories.commit(taught(number))
    return folder


@pytest.fixture(scope="module")
def whole(filled: Path) -> RowsByMemory:
    """The rows that it must still hold."""
    return Journal(filled / JOURNAL, "hash").contents(CAPACITY)


@pytest.fixture
def folder(filled: Path, tmp_path: Path) -> Path:
    """A copy, to be damaged."""
    return Path(shutil.copytree(filled, tmp_path / "memory"))


def in_order(rows: RowsByMemory) -> Rows:
    return {n: sorted(rows[n].values(), key=lambda row: (row.touched, row.id)) for n in MEMORIES}


def noticed(folder: Path, whole: RowsByMemory) -> bool:
    """Reads a damaged journal and mends it from an index's rows, without Chroma.

    Whatever the damage is, no content but the whole one comes out.
    """
    index = IndexState(read_journal_seq(folder), lambda: whole)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        journal = Journal(folder / JOURNAL, "hash")
        damage = journal.damage(index)
        rows = journal.mend(damage, index, CAPACITY) if damage else journal.contents(CAPACITY)
    assert rows == whole
    assert journal.committed() == {f"run/{number:04d}" for number in range(1, EPISODES + 1)}
    assert all("no committed episode is lost" in str(one.message) for one in told)
    if damage:
        again = Journal(folder / JOURNAL, "hash")
        assert (again.damage(index), again.contents(CAPACITY)) == (None, whole)
    return bool(told)


def read_journal_seq(folder: Path) -> int:
    """How far the index goes, as its own files tell."""
    [sealed] = folder.glob("chroma-*/sealed.json")
    return int(json.loads(sealed.read_bytes())["seq"])


def without_index(folder: Path, copy: Path) -> Path:
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("chroma-*", "lock"))
    return copy


def restore(filled: Path, folder: Path, journal: bytes) -> None:
    (folder / JOURNAL).write_bytes(journal)
    shutil.copyfile(filled / RECORD, folder / RECORD)


@pytest.mark.slow
def test_every_flipped_bit_is_noticed_and_mended(
    filled: Path, folder: Path, whole: RowsByMemory
) -> None:
    data, chance = (filled / JOURNAL).read_bytes(), random.Random(3)
    for _ in range(FLIPS):
        flipped = bytearray(data)
        flipped[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        restore(filled, folder, bytes(flipped))
        assert noticed(folder, whole)


def test_a_journal_cut_anywhere_is_noticed_and_mended(
    filled: Path, folder: Path, whole: RowsByMemory
) -> None:
    data = (filled / JOURNAL).read_bytes()
    ends = [at + 1 for at, byte in enumerate(data) if byte == ord("\n")][:-1]
    for size in [0, *ends, *random.Random(5).sample(range(len(data)), 60)]:
        restore(filled, folder, data[:size])
        assert noticed(folder, whole)


def test_lines_that_are_gone_or_twice_or_swapped_are_noticed_and_mended(
    filled: Path, folder: Path, whole: RowsByMemory
) -> None:
    lines = (filled / JOURNAL).read_bytes().splitlines(keepends=True)
    for at in range(len(lines)):  # the first line among them
        restore(filled, folder, b"".join(lines[:at] + lines[at + 1 :]))
        assert noticed(folder, whole)
        restore(filled, folder, b"".join(lines[: at + 1] + lines[at:]))
        assert noticed(folder, whole)
    for at in range(1, len(lines) - 1):
        swapped = [*lines[:at], lines[at + 1], lines[at], *lines[at + 2 :]]
        restore(filled, folder, b"".join(swapped))
        assert noticed(folder, whole)


def test_a_flipped_bit_of_the_record_changes_nothing(
    filled: Path, folder: Path, whole: RowsByMemory
) -> None:
    data, chance = (filled / RECORD).read_bytes(), random.Random(7)
    for _ in range(60):
        flipped = bytearray(data)
        flipped[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        restore(filled, folder, (filled / JOURNAL).read_bytes())
        (folder / RECORD).write_bytes(flipped)
        assert not noticed(folder, whole)


def flip(at: int) -> Damage:
    return lambda data: data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :]


def cut_line(data: bytes) -> bytes:
    return data[: data.rstrip(b"\n").rfind(b"\n") + 1]


DAMAGES: dict[str, tuple[Damage, str]] = {
    "a bit of the first line": (flip(40), r"its first line cannot be read"),
    "a bit of the summary": (flip(400), r"it misses 4 episodes.*4 episodes restored"),
    "a bit near the end": (flip(-50), r"it misses 1 episode\).*1 episode restored"),
    "the last line": (cut_line, r"it misses 1 episode\).*1 episode restored"),
    "a part of the last line": (lambda data: data[:-9], r"it misses 1 episode\).*1 episode rest"),
    "everything": (lambda _: b"", r"it misses 8 episodes\).*8 episodes restored"),
    "zeros": (lambda data: bytes(len(data)), r"it misses 8 episodes\).*8 episodes restored"),
}


@pytest.mark.parametrize(("damage", "told"), DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_journal_is_mended_from_chroma(
    damage: Damage, told: str, folder: Path, whole: RowsByMemory, fast: Embedder
) -> None:
    journal = folder / JOURNAL
    journal.write_bytes(damage(journal.read_bytes()))
    rows, [said] = mended(folder, fast)
    assert rows == in_order(whole)
    assert re.search(told, said)
    assert "no committed episode is lost" in said
    assert mended(folder, fast) == (rows, [])
    with opened(folder, fast) as memories:
        memories.commit_all([taught(number) for number in range(1, EPISODES + 1)])
        assert rows_of(memories) == rows


@pytest.mark.parametrize(("damage", "lost"), [(flip(400), 4), (flip(-50), 1), (cut_line, 1)])
def test_without_an_index_what_is_lost_is_told_and_learned_again(
    damage: Damage, lost: int, folder: Path, whole: RowsByMemory, fast: Embedder, tmp_path: Path
) -> None:
    copy = without_index(folder, tmp_path / "copy")
    (copy / JOURNAL).write_bytes(damage((folder / JOURNAL).read_bytes()))
    rows, [said] = mended(copy, fast)
    assert f"{lost} episode{'s' * (lost > 1)} lost, which the index does not hold either" in said
    assert "no committed episode is lost" not in said
    assert rows != in_order(whole)
    with opened(copy, fast) as memories:
        memories.commit_all([taught(number) for number in range(1, EPISODES + 1)])
        learned = rows_of(memories)
    assert {row.id for row in learned["reflections"]} == set(whole["reflections"])
    for name in ("experiences", "values"):
        assert learned[name] == in_order(whole)[name]


def test_an_index_that_is_behind_restores_what_it_holds(
    folder: Path, whole: RowsByMemory, fast: Embedder
) -> None:
    journal = Journal(folder / JOURNAL, fast.name)
    journal.append(taught(9))  # a kill before the index was written
    lines = journal.path.read_bytes().splitlines(keepends=True)
    journal.path.write_bytes(b"".join([*lines[:2], *lines[3:-1], flip(200)(lines[-1])]))
    rows, [said] = mended(folder, fast)
    assert rows == in_order(whole)
    assert "it misses 2 episodes" in said
    assert "1 episode restored from the index; 1 episode lost" in said


def test_a_kill_between_journal_and_record_is_no_damage(folder: Path, fast: Embedder) -> None:
    Journal(folder / JOURNAL, fast.name).append(taught(9))
    rows, said = mended(folder, fast)
    assert said == []
    assert "run/0009" in {key for row in rows["reflections"] for key in row.entries}


def test_a_journal_that_was_written_anew_before_a_kill_is_no_damage(
    folder: Path, whole: RowsByMemory, fast: Embedder
) -> None:
    Journal(folder / JOURNAL, fast.name).compact(whole)
    assert mended(folder, fast) == (in_order(whole), [])


def test_looking_at_a_damaged_journal_tells_and_changes_nothing(folder: Path) -> None:
    journal = folder / JOURNAL
    journal.write_bytes(cut_line(journal.read_bytes()))
    before = journal.read_bytes()
    with pytest.warns(UserWarning, match=r"is damaged \(it misses 1 episode"):
        read_memories(folder)
    assert journal.read_bytes() == before


def older(folder: Path) -> None:
    """Makes the folder one of a version without numbers, checksums and record."""
    lines = read_journal(folder / JOURNAL).lines
    texts: list[dict[str, object]] = [{"schema": 1, "embedding": "hash"}]
    for text in (folder / JOURNAL).read_bytes().splitlines()[1:]:
        record = json.loads(text)
        texts.append({key: record[key] for key in record.keys() - {"sum", "seq", "total", "user"}})
    assert len(texts) == len(lines) + 1
    (folder / JOURNAL).write_text("".join(json.dumps(text) + "\n" for text in texts))
    (folder / RECORD).unlink()
    [sealed] = folder.glob("chroma-*/sealed.json")
    sealed.write_text(json.dumps(json.loads(sealed.read_bytes())["files"]))


def test_a_journal_of_schema_1_is_read_and_gets_checksums_with_the_next_write(
    folder: Path, fast: Embedder
) -> None:
    older(folder)
    with opened(folder, fast) as memories:
        before = rows_of(memories)
        assert read_journal(folder / JOURNAL).schema == 1
        memories.commit(taught(9))
        after = rows_of(memories)
    lines = (folder / JOURNAL).read_bytes().splitlines(keepends=True)
    assert None not in map(durable.checked_record, lines)
    assert before != after
    assert mended(folder, fast) == (after, [])
    with opened(folder, fast) as memories:
        memories.commit_all([taught(number) for number in range(1, EPISODES + 2)])
        assert rows_of(memories) == after


def test_a_line_that_is_no_journals_is_told_and_dropped(
    folder: Path, whole: RowsByMemory, fast: Embedder
) -> None:
    lines = (folder / JOURNAL).read_bytes().splitlines(keepends=True)
    (folder / JOURNAL).write_bytes(b"".join([*lines[:3], b"not of this journal\n", *lines[3:]]))
    rows, [said] = mended(folder, fast)
    assert rows == in_order(whole)
    assert "1 line cannot be read" in said
    assert mended(folder, fast) == (rows, [])


def test_a_damaged_line_of_schema_1_is_mended_from_chroma(folder: Path, fast: Embedder) -> None:
    older(folder)
    rows, said = mended(folder, fast)
    assert said == []
    (folder / RECORD).unlink()
    lines = (folder / JOURNAL).read_bytes().splitlines(keepends=True)
    (folder / JOURNAL).write_bytes(b"".join([*lines[:2], b"\0\0\n", *lines[3:]]))
    again, [said_then] = mended(folder, fast)
    assert again == rows
    assert "it misses 1 episode" in said_then
    assert "1 episode restored" in said_then
