"""The journal: whole lines or nothing, and refusals that say what to do."""

import json
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import durable
from stores import MEMORIES, Lessons, MemoryName, Row, StoreError, experience, reflection, value
from stores.journal import Journal
from stores.journal_lines import from_json, read_journal, to_json
from tests.stores.drawn_rows import lessons, rows_of

EMBEDDING = "some-model"
TOLD = [
    Lessons(
        f"episode-{number}",
        number * 1000,
        {
            "reflections": (reflection("vary — ✨", episode="e", at=1, length=9, reward=4.5),),
            "experiences": (experience("Hades; Braid", "Rez", verdict=1, at=number),),
            "values": (value("Hades; Braid", 7.5, at=number),),
        },
        {"reflections": ("0123",), "experiences": (), "values": ("4567", "89ab")},
    )
    for number in range(3)
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal of three episodes."""
    journal = Journal(tmp_path / "journal.jsonl", EMBEDDING)
    for episode in TOLD:
        journal.append(episode)
    return journal.path


def read(path: Path) -> list[Lessons]:
    journal = Journal(path, EMBEDDING)  # drops an unfinished line
    return [line.lessons for line in read_journal(journal.path).lines]


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file may grow beyond a size, as on a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@given(st.sampled_from(MEMORIES).flatmap(lambda name: st.tuples(st.just(name), rows_of(name))))
def test_a_row_reads_back_as_it_was_written(drawn: tuple[MemoryName, Row]) -> None:
    name, row = drawn
    assert from_json(name, json.loads(json.dumps(to_json(row)))) == row


@given(told=st.lists(lessons, max_size=4))
@settings(deadline=None, max_examples=40)
def test_episodes_read_back_as_they_were_told(
    told: list[Lessons], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("journal") / "journal.jsonl"
    for episode in told:
        Journal(path, EMBEDDING).append(episode)
    assert read(path) == told


@pytest.mark.filterwarnings("ignore:.* ended in an unfinished line")
def test_a_journal_cut_anywhere_keeps_every_whole_line(path: Path) -> None:
    data = path.read_bytes()
    header = data.index(b"\n") + 1
    for cut in (*range(header, len(data), 11), data.rindex(b"\n", 0, -1) + 1):
        path.write_bytes(data[:cut])
        assert read(path) == TOLD[: data[header:cut].count(b"\n")]


def test_dropping_an_unfinished_line_is_said_once(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.warns(UserWarning, match="ended in an unfinished line, which was dropped") as said:
        read(path), read(path)
    assert len(said) == 1


@pytest.mark.filterwarnings("ignore:.* ended in an unfinished line")
def test_a_journal_goes_on_after_its_unfinished_line_was_dropped(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-10])
    Journal(path, EMBEDDING).append(TOLD[2])
    assert read(path) == TOLD


@pytest.mark.filterwarnings("ignore:.* ended in an unfinished line")
def test_a_journal_cut_in_its_first_line_starts_anew(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:10])
    Journal(path, EMBEDDING).append(TOLD[0])
    assert read(path) == TOLD[:1]


def test_an_episode_is_on_the_disk_when_append_returns(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes_on_disk: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda file: sizes_on_disk.append(os.fstat(file).st_size))
    Journal(path, EMBEDDING).append(TOLD[0])
    assert sizes_on_disk == [path.stat().st_size]


def test_an_episode_that_did_not_fit_on_the_disk_leaves_no_trace(path: Path) -> None:
    journal = Journal(path, EMBEDDING)
    with room_for(path.stat().st_size + 100), pytest.raises((OSError, StoreError)):
        journal.append(TOLD[0])
    journal.append(TOLD[1])
    assert read(path) == [*TOLD, TOLD[1]]


def test_a_batch_that_did_not_fit_on_the_disk_leaves_no_trace(path: Path) -> None:
    journal = Journal(path, EMBEDDING)
    again = Lessons("another", 9, TOLD[0].rows)
    with room_for(path.stat().st_size + 600), pytest.raises((OSError, StoreError)):
        journal.append(again, *TOLD)
    assert read(path) == TOLD
    assert journal.committed() == {told.episode for told in TOLD}


def test_the_episodes_of_a_journal_are_known_before_and_after_more_are_appended(path: Path) -> None:
    journal = Journal(path, EMBEDDING)
    assert journal.committed() == {"episode-0", "episode-1", "episode-2"}
    journal.append(Lessons("episode-3", 3), Lessons("episode-4", 4))
    assert journal.committed() == {f"episode-{number}" for number in range(5)}
    assert Journal(path, EMBEDDING).committed() == journal.committed()


@given(told=st.lists(lessons, max_size=4), more=st.lists(lessons, max_size=2))
@settings(deadline=None, max_examples=40)
def test_a_rewritten_journal_holds_the_same_rows_and_episodes(
    told: list[Lessons], more: list[Lessons], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("journal") / "journal.jsonl"
    journal = Journal(path, EMBEDDING)
    journal.append(*told)
    rows, episodes = journal.contents(100), journal.committed()
    journal.compact(rows)
    assert Journal(path, EMBEDDING).contents(100) == rows
    assert Journal(path, EMBEDDING).committed() == episodes
    journal.append(*more)
    assert read(path)[1:] == more


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"\x00" * 40,
        b"not JSON",
        b"[]",
        b"null",
        b'{"episode": "e", "at": 1}',
        b'{"seq": 2, "total": 2, "episode": "e", "at": 1, "rows": {}, "used": {}}',
        b'{"episode": "\xff", "at": 1, "rows": {}, "used": {}}',
    ],
)
def test_a_damaged_line_costs_no_other_line_and_is_noticed(path: Path, damaged: bytes) -> None:
    lines = path.read_bytes().split(b"\n")
    lines[2] = damaged
    path.write_bytes(b"\n".join(lines))
    assert read(path) == [TOLD[0], TOLD[2]]
    damage = Journal(path, EMBEDDING).damage()
    assert damage is not None
    assert damage.episodes == 1


@pytest.mark.parametrize(
    ("header", "advice"),
    [
        (
            {"schema": 3, "embedding": EMBEDDING},
            "has schema 3, this version reads 2: "
            "use another memory, or the version of billp that wrote it",
        ),
        (
            {"schema": 1, "embedding": "other-model"},
            "was made with embedding 'other-model', not 'some-model': "
            "use that embedding, or another memory",
        ),
        ({}, "is not a memory journal: move its folder aside to start anew"),
        ([], "is not a memory journal: move its folder aside to start anew"),
    ],
)
def test_a_journal_of_another_kind_is_refused_in_one_line(
    tmp_path: Path, header: object, advice: str
) -> None:
    path = tmp_path / "journal.jsonl"
    line = json.dumps(header) + "\n"
    is_new = isinstance(header, dict) and header.get("schema") == 3
    path.write_bytes(durable.checked_line(header) if is_new else line.encode())
    with pytest.raises(StoreError) as refusal:
        Journal(path, EMBEDDING)
    assert str(refusal.value) == f"{path} {advice}"
