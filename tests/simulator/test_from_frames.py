"""A world from two data frames: written where runs find it, built once, warned of."""

import warnings
from pathlib import Path

import pandas as pd
import polars as pl
import pytest

from simulator import World, WorldError, load_world
from simulator.errors import WorldWarning
from simulator.folder import read_card
from simulator.load import known_as
from tests.simulator.small_logs import SmallLog, bookshop, noise

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::simulator.errors.WorldWarning")]


@pytest.fixture(scope="module")
def log() -> SmallLog:
    return bookshop()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def at_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLP_HOME", str(home))


@pytest.fixture(scope="module")
def world(log: SmallLog, home: Path) -> World:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BILLP_HOME", str(home))
        return World.from_frames(pd.DataFrame(log.ratings), pd.DataFrame(log.items), name="shop")


def test_a_world_is_found_again_by_its_name(world: World, home: Path) -> None:
    assert world.name == known_as(world) == "shop"
    assert world.folder == (home / "worlds" / "shop").resolve()
    assert load_world("shop") is world
    assert world.digest


def test_the_same_frames_find_the_world_that_is_there(world: World, log: SmallLog) -> None:
    again = World.from_frames(pl.DataFrame(log.ratings), pl.DataFrame(log.items), name="shop")
    assert again is world


def test_other_frames_do_not_take_the_place_of_a_world_unless_told(
    world: World, log: SmallLog
) -> None:
    changed = pd.DataFrame(log.ratings).iloc[:-1]
    items = pd.DataFrame(log.items)
    with pytest.raises(WorldError, match=r"already holds a world: .*replace=True"):
        World.from_frames(changed, items, name="shop")
    with pytest.raises(WorldError, match="already holds a world"):
        World.from_frames(pd.DataFrame(log.ratings), items, name="shop", seed=1)
    assert load_world("shop") is world


def test_a_world_may_be_replaced_and_may_be_in_any_folder(log: SmallLog, tmp_path: Path) -> None:
    ratings, items = pd.DataFrame(log.ratings), pd.DataFrame(log.items)
    first = World.from_frames(ratings, items, folder=tmp_path / "own")
    assert known_as(first) == str(first.folder) == str((tmp_path / "own").resolve())
    assert load_world(known_as(first)) is first
    second = World.from_frames(ratings, items, folder=tmp_path / "own", seed=1, replace=True)
    assert second.digest != first.digest
    assert load_world(str(tmp_path / "own")).digest == second.digest


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ({}, r"give the world a name, as in .*name='bookshop'"),
        ({"name": "x", "folder": "y"}, "give the world a name"),
        ({"name": "demo"}, "'demo' is a world made by code: give yours another name"),
        ({"name": "my shop"}, "cannot be called 'my shop'"),
        ({"name": "../up"}, r"cannot be called '\.\./up'"),
    ],
)
def test_a_world_needs_one_place(where: dict[str, str], message: str, log: SmallLog) -> None:
    with pytest.raises(WorldError, match=message):
        World.from_frames(pd.DataFrame(log.ratings), **where)  # type: ignore[arg-type]


def test_what_weakens_a_world_is_warned_of_where_it_was_asked_for(tmp_path: Path) -> None:
    ratings = pd.DataFrame(noise().ratings)
    for _ in ("built", "found again"):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            World.from_frames(ratings, folder=tmp_path / "noise")
        said = [str(one.message) for one in caught if one.category is WorldWarning]
        card = read_card(tmp_path / "noise")
        assert said == [f"world 'noise': {warning}" for warning in card["warnings"]]
        assert any("tastes are not learned" in line for line in said)
        assert {one.filename for one in caught if one.category is WorldWarning} == {__file__}
