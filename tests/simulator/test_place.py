"""Where worlds are built: one builder at a time, and a kill loses neither the old nor the new."""

import multiprocessing
import os
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from simulator import World, WorldError, load_world
from simulator.building.build import BuildSettings
from simulator.building.make import make_world
from simulator.folder import Card, load_world_folder, save_world
from simulator.load import known_worlds
from simulator.place import building
from simulator.rewards.deepfm import FitSettings
from tests.simulator.small_logs import bookshop

SETTINGS = BuildSettings(k=3, fit=FitSettings(epochs=1))
OTHER = BuildSettings(k=3, seed=1, fit=FitSettings(epochs=1))
STEPS = ("mkdir", "rename", "replace", "unlink", "rmdir", "remove")  # of the folder's files


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bookshop().write(tmp_path_factory.mktemp("log"))


@pytest.fixture(scope="module")
def built(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A world's folder."""
    place = tmp_path_factory.mktemp("worlds") / "shop"
    make_world("csv", source, place, SETTINGS)
    return place


@pytest.fixture(scope="module")
def other(source: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[World, Card]:
    """Another world that is to take its place."""
    place = tmp_path_factory.mktemp("other") / "shop"
    make_world("csv", source, place, OTHER)
    return load_world_folder(place)


@pytest.fixture
def shop(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A world called `shop`, where worlds are found by name."""
    monkeypatch.setenv("BILLP_HOME", str(tmp_path))
    return Path(shutil.copytree(built, tmp_path / "worlds" / "shop"))


def replace_and_die(world: World, card: Card, place: Path, nth: int) -> None:
    """Replaces a world in this process, which is killed before its n-th change of a name."""
    left = nth

    def mortal(change: Any) -> Any:
        def run(*arguments: Any, **named: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return change(*arguments, **named)

        return run

    for name in STEPS:
        setattr(os, name, mortal(getattr(os, name)))
    with building(place, replace=True):
        save_world(world, card, place)


def seed_of(place: Path) -> int:
    return int(load_world_folder(place)[1]["settings"]["seed"])


def test_a_kill_at_any_step_of_a_replacement_leaves_the_old_world_or_the_new(
    other: tuple[World, Card], shop: Path
) -> None:
    seeds, aside = [], 0
    for nth in range(1, 100):
        child = multiprocessing.get_context("fork").Process(
            target=replace_and_die, args=(*other, shop, nth)
        )
        child.start()
        child.join()
        aside += not shop.exists()
        assert load_world("shop").users > 0  # brings it back where it was aside
        assert known_worlds() == ["demo", "shop"]
        seeds.append(seed_of(shop))
        if child.exitcode == 0:
            break
        assert child.exitcode == -signal.SIGKILL
    assert child.exitcode == 0
    assert aside >= 1
    assert seeds == sorted(seeds)
    assert {0, 1} == set(seeds)
    assert [path.name for path in shop.parent.iterdir()] == ["shop"]


def test_what_a_kill_left_half_written_is_no_world(shop: Path) -> None:
    shutil.copytree(shop, shop.with_name(".other.partial"))
    assert known_worlds() == ["demo", "shop"]
    with pytest.raises(WorldError, match="unknown world 'other'"):
        load_world("other")


def test_of_two_builders_of_one_world_the_second_is_told(source: Path, tmp_path: Path) -> None:
    place, told = tmp_path / "shop", []

    def second_builder(_: str) -> None:
        with pytest.raises(WorldError) as refused:
            make_world("csv", source, place, OTHER, replace_world=True)
        told.append(str(refused.value))

    make_world("csv", source, place, SETTINGS, second_builder)
    assert seed_of(place) == 0
    assert set(told) == {
        f"world folder {place} is being built by another process: wait for it, "
        "or give yours another name (--name, name=)"
    }
    assert [path.name for path in tmp_path.iterdir()] == ["shop"]
