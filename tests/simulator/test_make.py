"""From raw files to a world on disk, and back."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulator import HALVES, Catalogue, WorldError, load_world
from simulator.batch_play import sample_users
from simulator.building.build import BuildSettings, resolve_negatives
from simulator.building.make import make_world
from simulator.folder import CROSSFIT, FILES, card_hash, load_world_folder, read_card, sha256
from simulator.logs import Log
from simulator.rewards.crossfit import CrossFitted
from simulator.rewards.deepfm import FitSettings
from tests.simulator.small_logs import bookshop

SETTINGS = BuildSettings(k=3, fit=FitSettings(epochs=2))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small log in a table of its own."""
    rng = np.random.default_rng(0)
    folder = tmp_path_factory.mktemp("log")
    rows = {(u, i) for u, i in zip(rng.integers(60, size=1500), rng.integers(80, size=1500))}  # noqa: B905
    lines = [f"u{u},i{i},{1 + (u + i) % 5},{t}" for t, (u, i) in enumerate(sorted(rows))]
    (folder / "ratings.csv").write_text("user,item,rating,time\n" + "\n".join(lines) + "\n")
    titles = [f"i{i},Title {i},Genre {i % 6}|Genre {i % 4}" for i in range(80)]
    (folder / "items.csv").write_text("item,title,genres\n" + "\n".join(titles) + "\n")
    return folder


@pytest.fixture(scope="module")
def made(source: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Mapping[str, Any]]:
    out = tmp_path_factory.mktemp("worlds") / "small"
    return out, make_world("csv", source, out, SETTINGS)


def test_the_same_files_and_settings_give_the_same_world_bit_for_bit(
    source: Path, made: tuple[Path, Any], tmp_path: Path
) -> None:
    make_world("csv", source, tmp_path / "small", SETTINGS)
    for path in made[0].iterdir():
        assert (tmp_path / "small" / path.name).read_bytes() == path.read_bytes(), path.name


def test_a_world_is_found_by_its_folder_and_by_its_name(
    made: tuple[Path, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(made[0], tmp_path / "worlds" / "mine")
    monkeypatch.setenv("BILLP_HOME", str(tmp_path))
    assert load_world(str(made[0])).name == "small"
    assert load_world("mine").name == "mine"
    assert load_world("mine") is load_world("mine")
    with pytest.raises(WorldError, match="did you mean 'mine'"):
        load_world("mime")


def test_a_loaded_world_rates_and_calibrates_as_its_card_says(made: tuple[Path, Any]) -> None:
    world, card = load_world_folder(made[0])
    statistics = card["statistics"]
    assert (world.users, len(world.catalogue)) == (statistics["users"], statistics["items"])
    assert world.rule.beta == card["rule"]["beta"] > 0
    assert world.halves["train"].vectors is world.halves["test"].vectors
    assert world.popularity is not None
    assert world.popularity.sum() == statistics["train"]


def test_worlds_of_one_name_and_other_content_have_other_digests(
    source: Path, made: tuple[Path, Any], tmp_path: Path
) -> None:
    make_world("csv", source, tmp_path / "small", replace(SETTINGS, seed=1))
    digests = {load_world_folder(folder)[0].digest for folder in (made[0], tmp_path / "small")}
    assert len(digests) == 2


def test_halves_may_have_vectors_of_their_own(source: Path, tmp_path: Path) -> None:
    make_world("csv", source, tmp_path / "paper", replace(SETTINGS, per_split=True))
    halves = load_world_folder(tmp_path / "paper")[0].halves
    assert not np.array_equal(halves["train"].vectors, halves["test"].vectors)


def test_the_papers_users_do_not_leave_over_an_old_repeat(source: Path, tmp_path: Path) -> None:
    make_world("csv", source, tmp_path / "paper world", replace(SETTINGS, repeats_bore=False))
    world, _ = load_world_folder(tmp_path / "paper world")
    assert (world.rule.no_repeats, world.name) == (False, "paper-world")


@pytest.mark.parametrize(
    "name", ["train.safetensors", "test.safetensors", "crossfit.safetensors", "catalogue.jsonl"]
)
def test_an_altered_or_missing_file_is_refused_by_name(
    name: str, made: tuple[Path, Any], tmp_path: Path
) -> None:
    folder = shutil.copytree(made[0], tmp_path / "world")
    data = (folder / name).read_bytes()
    (folder / name).write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(WorldError, match=f"{name} is not the file"):
        load_world_folder(folder)
    (folder / name).unlink()
    with pytest.raises(WorldError, match=f"{name} is not the file"):
        load_world_folder(folder)


@pytest.mark.parametrize(
    ("card", "message"),
    [
        ('{"schema": 0}', "has schema 0"),
        ("not JSON", "cannot be read"),
        ("[]", "cannot be read"),
        (None, "holds no world"),
    ],
)
def test_a_card_that_is_old_damaged_or_missing_is_refused(
    card: str | None, message: str, made: tuple[Path, Any], tmp_path: Path
) -> None:
    folder = shutil.copytree(made[0], tmp_path / "world")
    (folder / "world.json").unlink()
    if card is not None:
        (folder / "world.json").write_text(card)
    with pytest.raises(WorldError, match=message):
        load_world_folder(folder)


def test_a_card_that_says_something_else_than_it_did_is_refused(
    made: tuple[Path, Any], tmp_path: Path
) -> None:
    folder = shutil.copytree(made[0], tmp_path / "world")
    card = (folder / "world.json").read_text()
    (folder / "world.json").write_text(card.replace('"window": 4', '"window": 2'))
    with pytest.raises(WorldError, match="was altered"):
        load_world_folder(folder)


def with_files(folder: Path, files: Mapping[str, str]) -> None:
    """A card that names these files, and says so of itself."""
    card = {**read_card(folder), "files": dict(files)}
    card["card_sha256"] = card_hash(card)
    (folder / "world.json").write_text(json.dumps(card))


def test_expected_ratings_are_kept_with_the_world(made: tuple[Path, Any]) -> None:
    world = load_world_folder(made[0])[0]
    users = np.arange(world.users)
    expected = world.expected("train").rate_all(users)
    assert expected.shape == (world.users, len(world.catalogue))
    whole = world.half("train").rewards.rate_all(users)
    assert not np.array_equal(expected, whole)
    assert isinstance(world.crossfit, CrossFitted)
    by_fold = [model.rate_all(users) for model in world.crossfit.models]
    averaged = world.expected("test").rate_all(users)
    assert np.allclose(averaged, np.mean([whole, *by_fold], axis=0))


def test_a_world_from_before_there_was_a_crossfit_is_loaded_without(
    made: tuple[Path, Any], tmp_path: Path
) -> None:
    folder = shutil.copytree(made[0], tmp_path / "world")
    with_files(folder, {name: sha256(folder / name) for name in FILES})
    (folder / CROSSFIT).unlink()
    world = load_world_folder(folder)[0]
    assert world.crossfit is None
    assert {world.expected(half) for half in HALVES} == {world.half("train").rewards}


@pytest.mark.parametrize("names", [(*FILES, "more.txt"), FILES[1:], (*FILES[1:], CROSSFIT)])
def test_a_card_that_names_other_files_than_a_world_has_is_refused(
    names: tuple[str, ...], made: tuple[Path, Any], tmp_path: Path
) -> None:
    folder = shutil.copytree(made[0], tmp_path / "world")
    with_files(folder, dict.fromkeys(names, ""))
    with pytest.raises(WorldError, match="was altered"):
        load_world_folder(folder)


def test_a_crossfit_that_is_none_is_refused(made: tuple[Path, Any], tmp_path: Path) -> None:
    folder = shutil.copytree(made[0], tmp_path / "world")
    shutil.copy(folder / "test.safetensors", folder / CROSSFIT)
    with_files(folder, {name: sha256(folder / name) for name in (*FILES, CROSSFIT)})
    with pytest.raises(WorldError, match="is damaged"):
        load_world_folder(folder)


def test_the_card_tells_what_share_of_items_users_of_the_test_half_accept(
    made: tuple[Path, Any],
) -> None:
    world, card = load_world_folder(made[0])
    ratings = world.half("test").rewards.rate_all(sample_users(world))
    assert card["accepted_items"] == pytest.approx(np.mean(ratings >= world.rule.min_reward))
    assert 0 < card["accepted_items"] < 1


def test_a_file_that_the_reader_does_not_read_changes_nothing(
    source: Path, made: tuple[Path, Any], tmp_path: Path
) -> None:
    copied = shutil.copytree(source, tmp_path / "log")
    (copied / "notes.txt").write_text("not of the log")
    make_world("csv", copied, tmp_path / "small", SETTINGS)
    card = (tmp_path / "small" / "world.json").read_bytes()
    assert card == (made[0] / "world.json").read_bytes()


def test_a_build_that_fails_leaves_an_earlier_world_alone(
    made: tuple[Path, Any], tmp_path: Path
) -> None:
    folder = shutil.copytree(made[0], tmp_path / "world")
    with pytest.raises(WorldError, match="nowhere"):
        make_world("csv", tmp_path / "nowhere", folder, SETTINGS, replace_world=True)
    assert load_world_folder(folder)[0].users > 0


def test_a_world_is_replaced_only_when_told(
    source: Path, made: tuple[Path, Any], tmp_path: Path
) -> None:
    folder = shutil.copytree(made[0], tmp_path / "world")
    other = replace(SETTINGS, seed=1)
    with pytest.raises(WorldError, match=r"already holds a world: .*--name.*--replace"):
        make_world("csv", source, folder, other)
    assert load_world_folder(folder)[1]["settings"]["seed"] == 0
    make_world("csv", source, folder, other, replace_world=True)
    assert load_world_folder(folder)[1]["settings"]["seed"] == 1


def test_a_folder_with_something_else_in_it_is_not_overwritten(
    source: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep me")
    with pytest.raises(WorldError, match="name a new or an empty folder"):
        make_world("csv", source, tmp_path / "mine", SETTINGS)
    assert (tmp_path / "mine" / "notes.txt").read_text() == "keep me"


@pytest.mark.parametrize(
    ("users", "items", "ratings", "negatives"),
    [
        (60, 80, 1500, 0.27),  # a third of all pairs is known
        (610, 3650, 90274, 2.0),  # MovieLens' latest small
        (500, 300, 15_000, 0.95),  # a tenth
        (20, 20, 400, 0.05),  # all
    ],
)
def test_dense_logs_get_fewer_negatives(
    users: int, items: int, ratings: int, negatives: float
) -> None:
    kinds = Catalogue(("",) * items, ((),) * items)
    rows = np.zeros(ratings, np.int32)
    names = ("",) * users, ("",) * items
    log = Log(rows, rows, rows.astype(np.float32), None, *names, kinds)
    assert resolve_negatives(log, "auto") == negatives
    assert resolve_negatives(log, 0.7) == 0.7


@pytest.mark.slow
def test_a_small_dense_log_becomes_a_world_that_asks_for_planning(tmp_path: Path) -> None:
    card = make_world("csv", bookshop().write(tmp_path / "log"), tmp_path / "bookshop")
    lasts = {policy: figures["len"] for policy, figures in card["reference"].items()}
    assert lasts["greedy"] <= 5
    assert lasts["genre-aware"] >= 5 * lasts["greedy"]
    assert lasts["oracle"] > lasts["distance-aware"] > lasts["genre-aware"]
    assert card["reference"]["random"]["quits"]["disliked"] < 20
    assert [warning.partition(":")[0] for warning in card["warnings"]] == ["too few items"]


@pytest.mark.slow
def test_with_two_negatives_a_rating_the_same_log_says_what_is_wrong(tmp_path: Path) -> None:
    settings = BuildSettings(negatives=2.0)
    card = make_world("csv", bookshop().write(tmp_path / "log"), tmp_path / "bookshop", settings)
    assert {warning.partition(":")[0] for warning in card["warnings"]} >= {
        "genres do not help",
        "the oracle does not last",
    }
    assert load_world_folder(tmp_path / "bookshop")[1]["warnings"] == card["warnings"]


@pytest.mark.system
@pytest.mark.parametrize("name", ["steam", "movielens"])
def test_real_logs_become_worlds_that_ask_for_planning(
    name: str, reference: Path, tmp_path: Path
) -> None:
    folder = reference / {"steam": "steam", "movielens": "ml-latest-small"}[name]
    card = make_world(name, folder, tmp_path / name)
    for fit in card["fit"].values():
        assert fit["rmse_deepfm"] <= fit["rmse_biases"]
        assert fit["auc_deepfm"] > fit["auc_popularity"]
    assert card["calibration"]["met"], card["calibration"]
    assert (card["negatives"], card["warnings"]) == (2.0, [])
    lasts = {policy: figures["len"] for policy, figures in card["reference"].items()}
    order = ["random", "greedy", "genre-aware", "distance-aware", "oracle"]
    assert sorted(order, key=lasts.__getitem__) == order
    assert lasts["oracle"] >= 90
