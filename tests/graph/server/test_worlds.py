"""The worlds that the server lists, by the names that settings take."""

import json
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from graph.app.worlds import ADDRESS, listed_worlds, world_routes
from simulator import load_world
from simulator.folder import FILES, card_hash


def write_card(folder: Path, **changed: object) -> None:
    statistics = {"users": 40, "items": 90}
    card = {"schema": 1, "files": dict.fromkeys(FILES, "0"), "statistics": statistics, **changed}
    folder.mkdir(parents=True)
    (folder / "world.json").write_text(json.dumps({**card, "card_sha256": card_hash(card)}))


def test_worlds_are_listed_with_their_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BILLP_HOME", str(tmp_path))
    worlds = tmp_path / "worlds"
    write_card(worlds / "bookshop")
    write_card(worlds / "older", schema=0)
    write_card(worlds / "without", statistics=None)
    write_card(worlds / ".left")
    write_card(worlds / "no name")
    (worlds / "bent").mkdir()
    (worlds / "bent" / "world.json").write_text("[" * 100_000)
    found = {one.name: one for one in listed_worlds()}
    assert list(found) == ["bent", "bookshop", "demo", "older", "without"]
    assert (found["bookshop"].users, found["bookshop"].items) == (40, 90)
    assert len(found["bookshop"].digest) == 12
    assert found["demo"].users == load_world("demo").users
    problems = {name for name, one in found.items() if one.problem}
    assert problems == {"bent", "older", "without"}
    with TestClient(Starlette(routes=world_routes())) as http:
        assert [one["name"] for one in http.get(ADDRESS).json()["worlds"]] == list(found)
