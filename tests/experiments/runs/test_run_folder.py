"""A run's folder: the same run goes on in it, and nothing else does."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from experiments.errors import RunError
from experiments.runs.cell import Cell
from experiments.runs.files import OutputError
from experiments.runs.records import read_curve
from experiments.runs.run_file import SCHEMA, RunFile, read_run, run_file
from experiments.runs.run_folder import RunFolder
from experiments.runs.settings import RunSettings
from experiments.runs.variants import variant
from models import Price, ReplyTokens
from simulator import load_world
from tests.experiments.made_records import record

PRICES = {"offline": Price(0.0, 0.0, 0.0), "openai:new": None}
BILLP = variant("billp", "offline")
SETTINGS = RunSettings(preset="table3", world="demo", variants=(variant("random", "x"), BILLP))
REMOTE = (variant("billp", "openai:x"),)


def asked(**changes: Any) -> RunFile:
    """What run.json holds for these settings."""
    return run_file(replace(SETTINGS, **changes), load_world("demo"), PRICES)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[RunFolder]:
    """A folder in which a run has begun."""
    folder = RunFolder(tmp_path / "run")
    folder.begin(asked())
    yield folder
    folder.close()


def read_again(cell: Cell) -> Cell:
    return Cell(cell.folder)


def refusal(folder: RunFolder, run: RunFile) -> str:
    with pytest.raises(RunError) as refused:
        folder.begin(run)
    return str(refused.value)


def test_what_was_asked_for_is_written_down(folder: RunFolder) -> None:
    run = read_run(folder.folder)
    assert run.schema == SCHEMA
    assert run.settings == SETTINGS
    assert run.world.users == 300
    assert run.prices["openai:new"] is None
    assert set(run.versions) >= {"python", "billp", "langgraph", "chromadb", "torch"}


def test_the_same_run_goes_on(folder: RunFolder) -> None:
    assert folder.begin(asked()) == read_run(folder.folder)


def test_another_version_goes_on_with_the_run(folder: RunFolder) -> None:
    before = read_run(folder.folder).versions
    assert folder.begin(replace(asked(), versions={"billp": "9"})).versions == before


def test_a_price_that_has_become_known_counts_from_then_on(folder: RunFolder) -> None:
    known = {**PRICES, "openai:new": Price(1.0, 0.5, 2.0)}
    assert folder.begin(replace(asked(), prices=known)).prices == known
    assert read_run(folder.folder).prices == known


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"max_rounds": 50}, "max_rounds: 100 -> 50"),
        ({"train_episodes": 7}, "train_episodes: 100 -> 7"),
        ({"train_episodes": 200}, "train_episodes: 100 -> 200"),
        ({"episodes": 99}, "episodes: 100 -> 99"),
        ({"seeds": (0, 1)}, "seeds: [0, 1, 2] -> [0, 1]"),
        ({"seeds": (1, 0, 2, 3)}, "seeds: [0, 1, 2] -> [1, 0, 2, 3]"),
        ({"evaluate": ("online",)}, 'evaluate: ["frozen"] -> ["online"]'),
        ({"rules": "paper"}, "rules: default -> paper"),
        ({"learning": "paper"}, "learning: default -> paper"),
        ({"users": "any"}, "users: new -> any"),
        ({"choose": "title"}, "choose: number -> title"),
        ({"structured": False}, "structured: true -> false"),
        ({"thinking": False}, "thinking: null -> false"),
        ({"reply_tokens": ReplyTokens(actor=96)}, "reply_tokens.actor: 48 -> 96"),
        ({"base_url": "http://x/v1"}, "base_url: null -> http://x/v1"),
        ({"variants": SETTINGS.variants[:1]}, "variants: random, billp -> random"),
        ({"variants": SETTINGS.variants[::-1]}, "variants: random, billp -> billp, random"),
        (
            {"variants": (SETTINGS.variants[0], variant("billp", "openai:x"))},
            "billp.model: offline -> openai:x",
        ),
        (
            {"variants": (SETTINGS.variants[0], replace(BILLP, changes={"window": 2}))},
            "billp.changes.window: null -> 2",
        ),
    ],
)
def test_other_settings_are_refused_with_what_was_and_what_is_asked(
    folder: RunFolder, changes: dict[str, Any], told: str
) -> None:
    message = refusal(folder, asked(**changes))
    assert f"was begun with other settings: {told}; name a new folder with --out" in message


def test_every_setting_that_differs_is_named(folder: RunFolder) -> None:
    message = refusal(folder, asked(max_rounds=50, batch=3))
    assert "batch: 10 -> 3; max_rounds: 100 -> 50" in message


def test_a_refusal_leaves_what_was_asked_for_before(folder: RunFolder) -> None:
    refusal(folder, asked(max_rounds=50))
    assert folder.begin(asked()).settings.max_rounds == 100


def test_a_world_that_was_built_anew_is_told_in_words(folder: RunFolder) -> None:
    run = asked()
    digest = run.world.digest
    built_anew = replace(run, world=replace(run.world, digest="new", items=5))
    message = refusal(folder, built_anew)
    assert f"world 'demo' has changed since then (digest {digest} -> new)" in message
    assert "items" not in message


def test_another_world_is_told_by_its_name_alone(folder: RunFolder) -> None:
    run = asked(world="steam")
    message = refusal(folder, replace(run, world=replace(run.world, digest="new")))
    assert "world: demo -> steam" in message
    assert "has changed" not in message


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"schema": 99}', "has schema 99, this version reads 1"),
        ('{"schema": 1, "settings": {}', "is damaged"),
        ('{"schema": 1}', "is damaged"),
        ('{"schema": true}', "has schema True, this version reads 1"),
        ('{"schema": 1, "preset": "", "settings": {}, "world": {}, "prices": {}}', "is damaged"),
        ('{"schema": 1, "preset": "", "settings": 3, "world": {}, "prices": {}}', "is damaged"),
        ("[]", "is damaged"),
        ("", "is damaged"),
        ("\0" * 40, "is damaged"),
    ],
)
def test_a_run_of_another_schema_or_a_damaged_one_is_refused(
    folder: RunFolder, content: str, told: str
) -> None:
    path = folder.folder / "run.json"
    path.write_text(content)
    assert f"{path} {told}" in refusal(folder, asked())


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("settings", "seeds"), 3),
        (("settings", "seeds"), ["0"]),
        (("settings", "variants"), [{"name": "billp"}]),
        (("settings", "max_rounds"), "100"),
        (("settings", "reply_tokens"), {"actor": 0}),
        (("settings", "choose"), "name"),
        (("world",), {}),
        (("prices",), {"offline": 0}),
        (("models",), ["offline"]),
    ],
)
def test_a_setting_of_another_type_is_damage(
    folder: RunFolder, place: tuple[str, ...], value: Any
) -> None:
    run = json.loads((folder.folder / "run.json").read_text())
    inner = run
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = value
    (folder.folder / "run.json").write_text(json.dumps(run))
    with pytest.raises(RunError, match=r"run\.json is damaged: name a new folder with --out"):
        read_run(folder.folder)


@pytest.fixture
def remote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunFolder]:
    """A folder in which a run has begun whose server the environment names."""
    monkeypatch.setenv("OPENAI_BASE_URL", "http://one/v1")
    folder = RunFolder(tmp_path / "remote")
    folder.begin(asked(variants=REMOTE))
    yield folder
    folder.close()


def test_each_role_is_written_down_with_the_server_that_the_environment_names(
    remote: RunFolder,
) -> None:
    models = read_run(remote.folder).models
    assert models is not None
    assert models["billp"] == dict.fromkeys(
        ("planner", "actor", "critic", "reflector"), "openai:x@http://one/v1"
    )


def test_the_same_settings_on_another_server_are_refused(
    remote: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://two/v1")
    message = refusal(remote, asked(variants=REMOTE))
    told = "chat model: openai:x@http://one/v1 -> openai:x@http://two/v1"
    assert f"other settings: {told}; name" in message


def test_a_run_from_before_servers_were_written_down_goes_on(remote: RunFolder) -> None:
    path = remote.folder / "run.json"
    now = json.loads(path.read_text())
    models = now.pop("models")
    path.write_text(json.dumps(now))
    assert read_run(remote.folder).models is None
    assert remote.begin(asked(variants=REMOTE)).models == models
    assert read_run(remote.folder).models == models


def test_a_run_from_before_replies_were_settings_is_read_as_it_was_played(
    folder: RunFolder,
) -> None:
    path = folder.folder / "run.json"
    run = json.loads(path.read_text())
    run["settings"]["structured"] = False
    for name in ("choose", "thinking", "reply_tokens"):
        del run["settings"][name]
    path.write_text(json.dumps(run))
    before = read_run(folder.folder).settings
    assert (before.choose, before.structured, before.thinking) == ("title", False, None)
    told = "choose: title -> number; structured: false -> true"
    assert f"was begun with other settings: {told}; name" in refusal(folder, asked())
    assert folder.begin(asked(choose="title", structured=False)).settings == before


@pytest.mark.parametrize(
    ("name", "before", "told"),
    [("users", "any", "any -> new"), ("learning", "paper", "paper -> default")],
)
def test_a_run_from_before_there_was_a_setting_was_played_as_in_the_paper(
    name: str, before: str, told: str, folder: RunFolder
) -> None:
    path = folder.folder / "run.json"
    run = json.loads(path.read_text())
    del run["settings"][name]
    path.write_text(json.dumps(run))
    played: dict[str, Any] = {name: before}
    assert read_run(folder.folder).settings == replace(SETTINGS, **played)
    assert f"was begun with other settings: {name}: {told}; name" in refusal(folder, asked())
    assert folder.begin(asked(**played)).settings == replace(SETTINGS, **played)


def test_prices_of_models_asked_before_are_kept(folder: RunFolder) -> None:
    other = {"openai:other": Price(1.0, 0.5, 2.0)}
    assert folder.begin(replace(asked(), prices=other)).prices == {**PRICES, **other}


def test_a_folder_without_a_run_is_not_read_as_one(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"is not a run's folder: it has no run\.json"):
        read_run(tmp_path)


def test_a_folder_with_other_files_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(RunError, match="holds other files: name a new folder with --out"):
        RunFolder(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_an_empty_folder_and_one_where_a_kill_left_a_beginning_are_taken(tmp_path: Path) -> None:
    (tmp_path / "run.json.4711.partial").write_text('{"sche')
    folder = RunFolder(tmp_path)
    assert folder.begin(asked()).preset == "table3"
    folder.close()


def test_a_folder_in_use_is_refused_until_it_is_let_go_of(folder: RunFolder) -> None:
    with pytest.raises(RunError, match="is in use by another process"):
        RunFolder(folder.folder)
    folder.close()
    RunFolder(folder.folder).close()


def test_a_lock_that_was_deleted_or_moved_away_is_noticed_by_who_held_it(folder: RunFolder) -> None:
    folder.check_lock()
    (folder.folder / "lock").unlink()
    with pytest.raises(RunError, match="'lock' was deleted while it was in use"):
        folder.check_lock()
    other = RunFolder(folder.folder)
    other.check_lock()
    with pytest.raises(RunError, match="'lock' was deleted"):
        folder.check_lock()
    other.close()


@pytest.mark.parametrize("place", ["file/run", "file", "/proc/run"])
def test_a_place_that_cannot_be_written_to_is_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"cannot write to .*: name another folder with --out"):
        RunFolder(tmp_path / place)


@pytest.mark.parametrize("line", ['{"id": "a"}', "{}", '{"phase": "train", "batch": 1}'])
def test_a_record_without_its_parts_is_refused_by_file_and_line(
    folder: RunFolder, line: str
) -> None:
    cell = folder.cell("billp", 0)
    cell.open()
    path = cell.folder / "episodes.jsonl"
    path.write_text(line + "\n")
    with pytest.raises(RunError, match=r"episodes\.jsonl line 1 is damaged"):
        cell.records("train")


@pytest.mark.parametrize(
    ("name", "value"), [("steps", "many"), ("steps", [{"round": 1}]), ("user", "3"), ("cause", 1)]
)
def test_a_record_whose_parts_are_of_another_type_is_refused(
    folder: RunFolder, name: str, value: Any
) -> None:
    cell = folder.cell("billp", 0)
    cell.open()
    cell.add(record())
    assert len(read_again(cell).records("frozen")) == 1
    cell.add({**record(), name: value})  # type: ignore[typeddict-item]
    with pytest.raises(RunError, match=r"episodes\.jsonl line 2 is damaged: delete that line"):
        read_again(cell).records("frozen")


@pytest.mark.parametrize("content", ["", "[]", '{"data": 1}', '{"data": 1, "cur', "[" * 100_000])
def test_a_damaged_training_of_a_baseline_is_refused(folder: RunFolder, content: str) -> None:
    cell = folder.cell("a2c", 0)
    cell.open()
    (cell.folder / "training.json").write_text(content)
    with pytest.raises(RunError, match=r"training\.json is damaged: delete .*a2c\.0, then give"):
        read_curve(cell.folder)


def test_batches_are_committed_phase_by_phase(folder: RunFolder) -> None:
    cell = folder.cell("billp", 0)
    cell.open()
    for phase, batch in (("train", 1), ("train", 2), ("online", 1)):
        cell.add_batch({"phase": phase, "batch": batch, "rows": {"values": 3}})  # type: ignore[typeddict-item]
    assert (cell.committed("train"), cell.committed("online")) == ({1, 2}, {1})
    assert cell.committed("frozen") == set()
    assert read_again(cell).committed("train") == {1, 2}


def test_what_is_added_to_a_cell_is_known_without_reading_it_again(folder: RunFolder) -> None:
    cell = folder.cell("billp", 0)
    cell.open()
    cell.add(record(0))
    assert list(cell.records("frozen")) == ["frozen-0"]
    cell.add(record(1))
    cell.episodes.write_text("gone")
    assert list(cell.records("frozen")) == ["frozen-0", "frozen-1"]
    assert cell.records("train") == {}


def test_opening_a_cell_cuts_off_what_a_kill_left(folder: RunFolder) -> None:
    cell = folder.cell("billp", 0)
    cell.open()
    batches = cell.folder / "batches.jsonl"
    batches.write_text(json.dumps({"phase": "train", "batch": 1, "rows": {}}) + '\n{"phase": "tr')
    cell.open()
    assert batches.read_text().endswith("}\n")
    assert cell.committed("train") == {1}
