"""`billp memory`: what it says of memory folders, and what it makes of them."""

import json
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from rich.console import Console

from experiments.cli import main
from experiments.commands.memories.tables import TEXT_LIMIT, Found, print_folders, print_rows
from nodes import learning
from stores import (
    DEFAULT_EMBEDDING,
    MEMORIES,
    ROUNDS_PER_TICK,
    Lessons,
    MemoryFolder,
    Row,
    SentenceEmbedder,
    experience,
    reflection,
    value,
)

pytestmark = pytest.mark.slow

STATES = ("Portal 2; Hades", "Stardew Valley; Celeste", "Dark Souls III; Rez", "Factorio; Braid")
PRINCIPLE = "Do not show two horror games in a row."
HOSTILE = "\x1b[2Jgone [bold]loud[/] \u202e\x07[/nowhere]"


class Never:
    """Named like the real embedding, for commands that must not need one."""

    name = DEFAULT_EMBEDDING

    def embed(self, texts: Any) -> NDArray[np.float32]:
        return np.eye(len(texts), 384, dtype=np.float32)


def episodes() -> list[Lessons]:
    """Four episodes, a state more in each."""
    return [
        Lessons(
            f"train-{at}",
            at * 1000,
            {
                "reflections": (
                    reflection(PRINCIPLE, episode=f"train-{at}", at=at * 1000, length=9, reward=30),
                ),
                "experiences": (experience(state, "Hades", verdict=at % 2, at=at * 1000),),
                "values": (value(state, at + 0.5, at=at * 1000),),
            },
        )
        for at, state in enumerate(STATES, start=1)
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four episodes in a memory folder of a run."""
    folder = tmp_path / "run" / "cells" / "billp.0" / "memory"
    with closing(MemoryFolder(folder, Never())) as memories:
        memories.commit_all(episodes())
    return folder


@pytest.fixture
def learned(tmp_path: Path, embedder: SentenceEmbedder) -> Path:
    """The same with the real embedding."""
    folder = tmp_path / "learned"
    with closing(MemoryFolder(folder, embedder)) as memories:
        memories.commit_all(episodes())
    return folder


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> "Said":
    return Said(capsys)


class Said:
    """Runs commands; gives the lines that they print."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def by(self, *arguments: object) -> list[str]:
        code = main(["memory", *map(str, arguments)])
        printed = self._capsys.readouterr()
        assert (code, printed.err) == (0, "")
        return printed.out.splitlines()

    def refusing(self, *arguments: object) -> str:
        code = main(["memory", *map(str, arguments)])
        printed = self._capsys.readouterr()
        (line,) = printed.err.splitlines()
        assert (code, printed.out) == (2, "")
        return line


def texts(folder: Path, name: Any = "values") -> list[str]:
    with closing(MemoryFolder(folder, Never())) as memories:
        return [row.text for row in memories.rows(name)]


def shown(tell: Any, *arguments: Any) -> str:
    """What a terminal would show."""
    console = Console(force_terminal=True, width=160, color_system=None)
    with console.capture() as captured:
        tell(console, *arguments)
    return captured.get()


def test_list_tells_what_every_folder_below_a_place_holds(
    folder: Path, tmp_path: Path, said: Said
) -> None:
    with closing(MemoryFolder(tmp_path / "run" / "other", Never())) as memories:
        memories.commit(episodes()[0])
    first, second = said.by("list", tmp_path / "run")
    assert first.startswith(
        f"{folder}: 1 reflection, 4 experiences, 4 values; 4 episodes; {DEFAULT_EMBEDDING}; "
    )
    assert first.endswith(" MB; not in use")
    assert second.startswith(
        f"{tmp_path / 'run' / 'other'}: 1 reflection, 1 experience, 1 value; 1 episode; "
    )


def test_list_looks_at_home_unless_told_otherwise(
    tmp_path: Path, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BILLP_HOME", str(tmp_path))
    assert said.by("list") == [f"no memories in {tmp_path / 'memory'}"]
    with closing(MemoryFolder(tmp_path / "memory" / "demo" / "default", Never())) as memories:
        memories.commit(episodes()[0])
    (line,) = said.by("list")
    assert line.startswith(f"{tmp_path / 'memory' / 'demo' / 'default'}: ")


def test_list_and_show_work_while_a_process_has_the_folder_open(folder: Path, said: Said) -> None:
    with closing(MemoryFolder(folder, Never())):
        (line,) = said.by("list", folder)
        assert line.endswith("; in use")
        assert len(rows_of(said.by("show", folder), "values")) == 4


def test_a_damaged_folder_is_told_and_hides_no_other(
    folder: Path, tmp_path: Path, said: Said
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "journal.jsonl").write_text("not a journal\n")
    damaged, whole = said.by("list", tmp_path)
    assert damaged.startswith(f"{tmp_path / 'a'}: {tmp_path / 'a' / 'journal.jsonl'} is not a memo")
    assert whole.startswith(f"{folder}: 1 reflection, ")


def test_list_writes_the_same_for_programs(folder: Path, tmp_path: Path, said: Said) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "journal.jsonl").write_text("not a journal\n")
    said.by("list", tmp_path, "--json", tmp_path / "list.json")
    written = json.loads((tmp_path / "list.json").read_text())
    damaged, whole = written["memories"]
    assert (written["schema"], written["place"]) == (1, str(tmp_path))
    assert damaged.keys() == {"folder", "error"}
    assert whole.pop("bytes") > 0
    assert whole == {
        "folder": str(folder),
        "rows": {"reflections": 1, "experiences": 4, "values": 4},
        "embedding": DEFAULT_EMBEDDING,
        "episodes": 4,
        "in_use": False,
    }


def rows_of(lines: list[str], heading: str) -> list[list[str]]:
    """The rows of the table with this title, what was folded of a cell in one line again."""
    rest = lines[next(at for at, line in enumerate(lines) if line.strip().startswith(heading)) :]
    table = rest[: next(at for at, line in enumerate(rest) if line.startswith("└"))]
    rows: list[list[str]] = []
    for line in table:
        cells = [cell.strip() for cell in line.strip("│").split("│")]
        if line.startswith(("┡", "├")):
            rows.append([""] * (line.count("┼") + line.count("╇") + 1))
        elif line.startswith("│"):
            rows[-1] = [f"{old} {new}".strip() for old, new in zip(rows[-1], cells, strict=True)]
    return rows


def test_show_tells_the_newest_rows_of_each_memory_and_what_they_are_for(
    folder: Path, said: Said
) -> None:
    lines = said.by("show", folder, "--limit", 2)
    assert rows_of(lines, "reflections: principles that the Planner is given") == [
        [
            "episode 4",
            PRINCIPLE,
            "train-4: 9 rounds, ratings 30 in all; train-3: 9 rounds, ratings 30 in all; "
            "train-2: 9 rounds, ratings 30 in all; and 1 more",
        ]
    ]
    assert rows_of(lines, "experiences: which items paid off, and when, for the Actor") == [
        ["episode 4", STATES[3], "Hades did not pay off"],
        ["episode 3", STATES[2], "Hades paid off"],
    ]
    assert rows_of(lines, "values: what a situation was worth, for the Critic") == [
        ["episode 4", STATES[3], "4.5"],
        ["episode 3", STATES[2], "3.5"],
    ]


def test_rows_of_live_use_have_dates(tmp_path: Path, said: Said) -> None:
    at = int(datetime(2026, 3, 4, 15, 16).timestamp() * 1000) * ROUNDS_PER_TICK + 2
    with closing(MemoryFolder(tmp_path, Never())) as memories:
        memories.commit(Lessons("e", at, {"values": (value(STATES[0], 2.0, at=at),)}))
    assert rows_of(said.by("show", tmp_path), "values") == [["2026-03-04 15:16", STATES[0], "2.0"]]


def test_ticks_of_stamps_are_those_that_episodes_give() -> None:
    assert ROUNDS_PER_TICK == learning.ROUNDS_PER_TICK


def test_rows_fit_into_80_columns(
    folder: Path, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = said.by("show", folder)
    assert max(map(len, lines)) <= 80
    assert rows_of(lines, "values")[0] == ["episode 4", STATES[3], "4.5"]


def test_show_tells_one_memory_where_one_is_named(folder: Path, said: Said) -> None:
    lines = said.by("show", folder, "--memory", "values")
    assert len(rows_of(lines, "values")) == 4
    assert not any("Planner" in line for line in lines)


def test_show_like_tells_the_nearest_and_how_far_they_are(learned: Path, said: Said) -> None:
    near, far = rows_of(
        said.by(
            "show", learned, "--memory", "experiences", "--like", "Hades; Portal", "--limit", 2
        ),
        "experiences",
    )
    assert near[2] == STATES[0]
    assert 0 < float(near[1]) < float(far[1])


def test_show_writes_rows_for_programs(learned: Path, tmp_path: Path, said: Said) -> None:
    path = tmp_path / "rows.json"
    said.by(
        "show", learned, "--memory", "values", "--like", STATES[1], "--limit", 1, "--json", path
    )
    written = json.loads(path.read_text())
    (row,) = written.pop("rows")
    assert written == {
        "schema": 1, "folder": str(learned), "embedding": DEFAULT_EMBEDDING, "like": STATES[1],
    }  # fmt: skip
    assert row.pop("distance") == pytest.approx(0, abs=1e-5)
    assert row == {
        "memory": "values",
        "id": Row(STATES[1], {}).id,
        "text": STATES[1],
        "entries": {"value": {"at": 2000, "target": 2.5}},
        "touched": 2000,
    }


def test_show_of_nothing_says_so(folder: Path, said: Said) -> None:
    assert said.by("prune", folder, "--keep", 0) == [
        f"{folder} keeps 0 reflections (dropped 1), 0 experiences (dropped 4), 0 values (dropped 4)"
    ]
    assert said.by("show", folder) == ["no rows"]


def test_a_reflection_that_is_no_longer_given_is_marked() -> None:
    row = Row("Vary.", {"e1": {"at": 1, "length": 2, "reward": 9.0}}, 1)
    assert "no longer given" in shown(print_rows, [Found("reflections", row, retired=True)])
    assert "no longer given" not in shown(print_rows, [Found("reflections", row)])


def test_texts_from_outside_reach_no_terminal_as_they_are(tmp_path: Path, said: Said) -> None:
    hostile = Row(HOSTILE, {HOSTILE: {"at": 1, "verdict": 1, "place": HOSTILE}}, 1)
    with closing(MemoryFolder(tmp_path / "memory", Never())) as memories:
        memories.commit(Lessons(HOSTILE, 1, {"experiences": (hostile,)}))
    lines = said.by("show", tmp_path / "memory")
    assert all(line.isprintable() for line in lines)
    assert rows_of(lines, "experiences")[0][1] == "[2Jgone [bold]loud[/] [/nowhere]"
    table = shown(print_rows, [Found("experiences", hostile)])
    assert all(part.isprintable() for part in table.splitlines())
    assert "[bold]loud[/]" in table


def test_the_names_of_folders_reach_no_terminal_as_they_are(tmp_path: Path, said: Said) -> None:
    with closing(MemoryFolder(tmp_path / "\x1b[2J[bold]", Never())) as memories:
        memories.commit(episodes()[0])
    (line,) = said.by("list", tmp_path)
    assert line.isprintable()
    assert line.startswith(f"{tmp_path}/ [2J[bold]: 1 refl")


def test_on_a_terminal_folders_are_a_table(folder: Path, tmp_path: Path) -> None:
    record = {
        "folder": str(folder),
        "rows": dict.fromkeys(MEMORIES, 12345),
        "embedding": "some-model",
        "episodes": 77,
        "bytes": 2_500_000,
        "in_use": True,
    }
    damaged = {"folder": str(tmp_path / "a"), "error": "line 3 is [damaged]"}
    table = shown(print_folders, tmp_path, [record, damaged])
    row = next(line for line in table.splitlines() if "billp.0" in line)
    for cell in (f"{folder.relative_to(tmp_path)} (in use)", "12,345", "77", "2.5 MB"):
        assert cell in row
    assert "Embedding: some-model" in table
    assert "a: line 3 is [damaged]" in table


def test_what_is_exported_can_be_imported_elsewhere_and_is_the_same(
    learned: Path, tmp_path: Path, said: Said
) -> None:
    file, again = tmp_path / "rows.jsonl", tmp_path / "again.jsonl"
    assert said.by("export", learned, file) == [f"9 rows of {learned} written to {file}"]
    other = tmp_path / "other" / "memory"
    assert said.by("import", other, file) == [f"9 rows of {file} joined {other}"]
    said.by("export", other, again)
    assert again.read_bytes() == file.read_bytes()


def test_an_export_is_what_the_memories_themselves_export(folder: Path, tmp_path: Path) -> None:
    with closing(MemoryFolder(folder, Never())) as memories:
        memories.export(tmp_path / "memories.jsonl")
        assert main(["memory", "export", str(folder), str(tmp_path / "command.jsonl")]) == 0
    written = [(tmp_path / f"{name}.jsonl").read_text() for name in ("memories", "command")]
    assert written[0] == written[1]


def test_a_bad_file_is_not_imported_and_makes_no_folder(tmp_path: Path, said: Said) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text('{"memory": "values"}\n')
    assert said.refusing("import", tmp_path / "new", file) == (
        f"billp: {file} line 1 is not an exported memory row (it has no 'text'): "
        "nothing was imported"
    )
    assert not (tmp_path / "new").exists()


def test_prune_keeps_the_rows_touched_last_for_good(folder: Path, said: Said) -> None:
    assert said.by("prune", folder, "--keep", 2) == [
        f"{folder} keeps 1 reflection (dropped 0), 2 experiences (dropped 2), 2 values (dropped 2)"
    ]
    assert texts(folder) == list(STATES[2:])
    (line,) = said.by("list", folder)
    assert "2 values; 4 episodes" in line


@pytest.mark.parametrize(
    "arguments", [["prune", "--keep", 1], ["show", "--like", "Hades"], ["import", "rows.jsonl"]]
)
def test_what_needs_the_folder_for_itself_is_refused_while_it_is_in_use(
    folder: Path, tmp_path: Path, said: Said, arguments: list[object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows.jsonl").touch()
    command, *rest = arguments
    with closing(MemoryFolder(folder, Never())):
        assert said.refusing(command, folder, *rest) == (
            f"billp: memory folder {folder} is in use by another process (`langgraph dev`?): stop "
            "that one, choose another memory (--memory NAME), or share a Chroma server "
            "(BILLP_CHROMA)"
        )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["list", "nowhere"], "nowhere is not a folder: name one that holds memories or a run"),
        (["show", "nowhere"], "nowhere holds no memories: `billp memory list` shows folders th"),
        (["show", "nowhere", "--like", "x"], "nowhere holds no memories"),
        (["export", "nowhere", "file"], "nowhere holds no memories"),
        (["prune", "nowhere", "--keep", "3"], "nowhere holds no memories"),
        (["import", "new", "nowhere"], "nowhere cannot be read (No such file or directory)"),
    ],
)
def test_what_the_user_can_cause_ends_in_one_line_and_makes_nothing(
    arguments: list[str], message: str, tmp_path: Path, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert message in said.refusing(*arguments)
    assert list(tmp_path.iterdir()) == []


def test_an_export_to_where_nothing_can_be_written_is_refused(folder: Path, said: Said) -> None:
    told = said.refusing("export", folder, "no/such/file")
    assert "cannot write no/such/file: name a file in a folder that can be written" in told


@pytest.mark.parametrize("keep", ["-1", "many", "1.5"])
def test_prune_takes_a_whole_number(
    folder: Path, keep: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refusal:
        main(["memory", "prune", str(folder), "--keep", keep])
    assert refusal.value.code == 2
    assert "expected a number from 0 to" in capsys.readouterr().err


def test_a_long_text_is_cut_where_it_is_shown(tmp_path: Path, said: Said) -> None:
    with closing(MemoryFolder(tmp_path, Never())) as memories:
        memories.commit(Lessons("e", 1, {"values": (value("long " * 900, 1.0, at=1),)}))
    ((_, text, _),) = rows_of(said.by("show", tmp_path), "values")
    assert text.endswith("…")
    assert len(text) <= TEXT_LIMIT


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """What two users taught."""
    folder = tmp_path / "shared"
    with closing(MemoryFolder(folder, Never())) as memories:
        memories.commit_all([replace(one, user=one.at // 1000 % 2) for one in episodes()])
    return folder


def test_a_user_is_forgotten_for_good(shared: Path, said: Said) -> None:
    assert said.by("forget", shared, "--user", 1, "--yes") == [
        f"{shared} has forgotten 6 facts of user '1', from 2 episodes, and 4 rows left without "
        "facts"
    ]
    assert texts(shared) == [STATES[1], STATES[3]]
    assert "1 reflection, 2 experiences, 2 values; 4 episodes" in said.by("list", shared)[0]
    told = said.refusing("forget", shared, "--user", 1, "--yes")
    assert told.startswith(f"billp: {shared} has learned nothing from user '1': ")


def test_nothing_is_forgotten_without_being_asked_for(
    shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["memory", "forget", str(shared), "--episode", "train-2"]) == 2
    assert "add --yes" in capsys.readouterr().err
    assert texts(shared) == list(STATES)
    for sources in ([], ["--user", "1", "--run", "x"]):
        with pytest.raises(SystemExit):
            main(["memory", "forget", str(shared), *sources])
    capsys.readouterr()


def test_what_is_wrong_with_a_hand_edited_export_is_said_by_line(
    folder: Path, tmp_path: Path, said: Said
) -> None:
    file = tmp_path / "rows.jsonl"
    said.by("export", folder, file)
    lines = file.read_text().splitlines()
    file.write_text("\n".join(lines).replace('"target": 3.5', '"target": "3.5"'))
    assert said.refusing("import", tmp_path / "new", file) == (
        f"billp: {file} line 8 is not an exported memory row (in the entry 'value', 'target' is no "
        "number but '3.5'): nothing was imported"
    )
    assert not (tmp_path / "new").exists()
