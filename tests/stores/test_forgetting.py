"""A source is withdrawn from journal and index, wholly or not at all, and is not learned again."""

import re
import shutil
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from stores import (
    MEMORIES,
    Embedder,
    Entry,
    Lessons,
    MemoryFolder,
    MemoryName,
    Row,
    Source,
    experience,
    reflection,
    value,
)
from stores.folder import JOURNAL
from stores.journal import Journal

SHARED = "puzzles and racing"
Rows = dict[MemoryName, list[Row]]


def taught(number: int, user: int | str | None) -> Lessons:
    """An episode with rows of its own, and facts in rows that others share."""
    name, at = f"run{number % 2}/{number:04d}", number * 1000
    rows: dict[MemoryName, tuple[Row, ...]] = {
        "reflections": (reflection(f"Vary {number}.", episode=name, at=at, length=2, reward=7.5),),
        "experiences": tuple(
            experience(text, f"Rez {number}", verdict=1, at=at)
            for text in (SHARED, f"own {number}")
        ),
        "values": (value(SHARED, 2.5, at=at, key=f"{name}.1"),),
    }
    used = {"reflections": (Row("Vary 0.", {}).id,)}
    return Lessons(name, at + 1, rows, used, 7.5, user)


USERS: tuple[int | str | None, ...] = (0, 1, "Ann", 1, None, 3)


def opened(folder: Path, embedder: Embedder) -> "closing[MemoryFolder]":
    return closing(MemoryFolder(folder, embedder))


def everything(memories: MemoryFolder) -> Rows:
    return {name: memories.rows(name) for name in MEMORIES}


def facts(rows: Rows) -> list[tuple[str, Entry]]:
    return [(key, fact) for name in rows for row in rows[name] for key, fact in row.entries.items()]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, fast: Embedder) -> Path:
    folder = tmp_path_factory.mktemp("filled") / "memory"
    with opened(folder, fast) as memories:
        memories.commit_all([taught(number, user) for number, user in enumerate(USERS)])
    return folder


@pytest.fixture
def folder(filled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(filled, tmp_path / "memory"))


def left_after(folder: Path, embedder: Embedder, source: Source) -> Rows:
    """Forgets; what is left is what is there when it is opened again, and what is found."""
    with opened(folder, embedder) as memories:
        left = memories.forget(source)
        rows = everything(memories)
        assert {name: {row.id: row for row in rows[name]} for name in MEMORIES} == left.rows
        for row in rows["experiences"]:
            assert memories.nearest("experiences", row.text, 1)[0].row == row
    with opened(folder, embedder) as memories:
        memories.commit_all([taught(number, user) for number, user in enumerate(USERS)])
        assert everything(memories) == rows
    return rows


@pytest.mark.parametrize(
    ("source", "gone"),
    [
        (Source(user="1"), (1, 3)),
        (Source(user="Ann"), (2,)),
        (Source(run="run0"), (0, 2, 4)),
        (Source(episode="run1/0003"), (3,)),
    ],
)
def test_what_a_source_taught_and_used_is_gone_and_not_learned_again(
    source: Source, gone: tuple[int, ...], folder: Path, fast: Embedder
) -> None:
    with opened(folder, fast) as memories:
        before = everything(memories)
    rows = left_after(folder, fast, source)
    names = {f"run{number % 2}/{number:04d}" for number in gone}
    named = [(key, str(fact.get("episode", key))) for key, fact in facts(rows)]
    assert not any(name in said for name in names for pair in named for said in pair)
    texts = {row.text for name in MEMORIES for row in rows[name]}
    assert SHARED in texts
    assert not {f"own {number}" for number in gone if USERS[number] is not None} & texts
    assert not {f"Vary {number}." for number in gone} & texts
    kept = [number for number in range(len(USERS)) if number not in gone]
    assert {f"own {number}" for number in kept} <= texts
    assert len(facts(rows)) < len(facts(before))


def test_a_source_that_taught_nothing_changes_nothing(folder: Path, fast: Embedder) -> None:
    before = (folder / JOURNAL).read_bytes()
    with opened(folder, fast) as memories:
        left = memories.forget(Source(user="7"))
    assert (left.facts, left.episodes, left.unmarked) == (0, frozenset(), 2)
    assert (folder / JOURNAL).read_bytes() == before


def test_no_file_of_the_folder_holds_a_text_that_was_forgotten(
    folder: Path, fast: Embedder
) -> None:
    def holding(text: str) -> list[str]:
        files = [*folder.glob("*.jsonl"), *folder.glob("chroma-*/*.sqlite3")]
        return [path.name for path in files if text.encode() in path.read_bytes()]

    assert len(holding("own 2")) == 2
    with opened(folder, fast) as memories:
        memories.forget(Source(user="Ann"))
    assert holding("own 2") == []
    assert len(holding("own 3")) == 2


class KilledError(BaseException):
    """Stands for a kill."""


def killed_at(count: int, calls: list[str], patch: pytest.MonkeyPatch) -> None:
    """Ends whatever is done at the count-th write from now on."""

    def counted(name: str, real: Any) -> Any:
        def call(*given: Any, **named: Any) -> Any:
            calls.append(name)
            if len(calls) == count:
                raise KilledError
            return real(*given, **named)

        return call

    import durable
    from stores.index import Index

    patch.setattr(durable, "replace", counted("journal", durable.replace))
    patch.setattr(durable, "append", counted("append", durable.append))
    patch.setattr(Index, "put", counted("put", Index.put))
    patch.setattr("shutil.rmtree", counted("remove", shutil.rmtree))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:the index in .* is damaged")
def test_a_kill_while_forgetting_leaves_all_or_nothing(
    filled: Path, tmp_path: Path, fast: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, seen = Source(user="1"), list[bool]()
    with opened(Path(shutil.copytree(filled, tmp_path / "whole")), fast) as memories:
        before = everything(memories)
        memories.forget(source)
        after = everything(memories)
    for count in range(1, 60):
        folder = Path(shutil.copytree(filled, tmp_path / str(count)))
        calls, memories = list[str](), MemoryFolder(folder, fast)
        with monkeypatch.context() as patch:
            killed_at(count, calls, patch)
            with suppress(KilledError):
                memories.forget(source)
        memories.close()
        with opened(folder, fast) as memories:
            found = everything(memories)
        assert found in (before, after)
        seen.append(found == after)
        if len(calls) < count:
            break
    assert seen == sorted(seen)  # once it is forgotten it stays so
    assert not seen[0]
    assert seen[-1]
    assert len(seen) > 4


def test_what_was_forgotten_does_not_come_back_from_an_index_that_is_behind(
    folder: Path, fast: Embedder
) -> None:
    journal = Journal(folder / JOURNAL, fast.name)
    with opened(folder, fast) as memories:
        left = memories.without(Source(user="1"))
    journal.compact(left.rows)  # and a kill, before the index is replaced
    data = journal.path.read_bytes()
    journal.path.write_bytes(data[:-60] + bytes([data[-60] ^ 1]) + data[-59:])
    with pytest.warns(UserWarning, match="6 episodes lost"), opened(folder, fast) as memories:
        assert not any("run1/0001" in key for key, _ in facts(everything(memories)))


def test_sources_outlast_an_export_and_an_import(
    folder: Path, fast: Embedder, tmp_path: Path
) -> None:
    with opened(folder, fast) as memories:
        memories.export(tmp_path / "rows.jsonl")
        before = everything(memories)
    with opened(tmp_path / "other", fast) as other:
        other.import_from(tmp_path / "rows.jsonl")
        assert everything(other) == before
        other.forget(Source(user="Ann"))
        assert not any(fact.get("user") == "Ann" for _, fact in facts(everything(other)))


def test_facts_of_older_versions_are_told_by_their_keys(tmp_path: Path, fast: Embedder) -> None:
    with opened(tmp_path, fast) as memories:
        memories.commit_all([taught(number, None) for number in range(4)])
        left = memories.forget(Source(run="run1"))
        rows = everything(memories)
    keys = {key for name in ("reflections", "values") for row in rows[name] for key in row.entries}
    assert keys == {
        "run0/0000", "used by run0/0002", "run0/0002", "run0/0000.1", "run0/0002.1",
    } | {"used by run0/0000"}  # fmt: skip
    assert left.unmarked == len([0 for row in rows["experiences"] for _ in row.entries])


def test_every_fact_names_its_user_and_episode(folder: Path, fast: Embedder) -> None:
    with opened(folder, fast) as memories:
        rows = everything(memories)
    by_episode: Mapping[Any, Any] = {
        f"run{number % 2}/{number:04d}": user for number, user in enumerate(USERS)
    }
    marked = [fact for _, fact in facts(rows) if "episode" in fact]
    assert len(marked) == len(facts(rows)) - len(
        [1 for _, fact in facts(rows) if "user" not in fact]
    )
    assert all(by_episode[fact["episode"]] == fact["user"] for fact in marked)
    assert not re.search("None", str(marked))
