"""Worlds by name: which there are, and which was meant."""

from dataclasses import replace
from pathlib import Path

import pytest

from simulator import WorldError, load_world
from simulator.load import known_as


def test_an_unknown_name_lists_the_known_ones_with_the_nearest_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BILLP_HOME", str(tmp_path))
    for name in ("alpha", "bookshop"):
        (tmp_path / "worlds" / name).mkdir(parents=True)
        (tmp_path / "worlds" / name / "world.json").touch()
    with pytest.raises(WorldError) as error:
        load_world("bokshop")
    assert "unknown world 'bokshop': did you mean 'bookshop'? Known worlds: bookshop, " in str(
        error.value
    )
    assert {"alpha", "demo"} <= set(str(error.value).replace(",", "").split())
    with pytest.raises(WorldError, match=r"unknown world 'zzz': known worlds: .*bookshop"):
        load_world("zzz")


def test_a_world_is_known_by_what_loads_it() -> None:
    demo = load_world("demo")
    assert load_world(known_as(demo)) is demo
    with pytest.raises(WorldError, match="world 'mine' is in no folder"):
        known_as(replace(demo, name="mine"))
