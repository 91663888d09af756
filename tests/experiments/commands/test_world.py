"""`billp world` on worlds of one's own, and on the one that is made by code."""

import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from experiments.commands.world_views.picture import world_spec
from experiments.report.print_colours import in_print
from graph.app.files import THEME
from simulator import load_world
from simulator.building.describe import made_card
from tests.experiments.tiny_runs import billp
from tests.simulator.small_logs import noise

pytestmark = pytest.mark.slow

COLOUR = re.compile(r"#[0-9a-fA-F]{6}\b")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def at_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLP_HOME", str(home))


@pytest.fixture(scope="module")
def built(home: Path) -> str:
    """What building a world of noise printed."""
    log = noise().write(home / "log")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BILLP_HOME", str(home))
        done = billp("world", "build", "csv", "--source", log, "--name", "bookshop")
    assert done.code == 0, done.err
    return done.out


def test_a_world_is_called_as_its_owner_called_it(built: str, home: Path) -> None:
    assert "World 'bookshop'" in built
    assert built.endswith("use it as Context(world='bookshop')\n")
    assert load_world("bookshop").folder == (home / "worlds" / "bookshop").resolve()


def test_what_is_wrong_is_said_in_lines_of_their_own_and_again_by_show(
    built: str, home: Path
) -> None:
    lines = [line for line in built.splitlines() if line.startswith("warning: ")]
    card = json.loads((home / "worlds" / "bookshop" / "world.json").read_text())
    assert lines == [f"warning: {warning}" for warning in card["warnings"]]
    assert any("tastes are not learned" in line for line in lines)
    shown = billp("world", "show", "bookshop").out
    assert [line for line in shown.splitlines() if line.startswith("warning: ")] == lines


def test_a_world_is_replaced_only_when_told(built: str, home: Path) -> None:
    again = ("world", "build", "csv", "--source", home / "log", "--name", "bookshop", "--seed", 1)
    before = load_world("bookshop").digest
    refused = billp(*again)
    assert refused.code == 2
    assert "already holds a world: give the new one another name (--name" in refused.err
    assert "reading" not in refused.out
    assert load_world("bookshop").digest == before
    assert billp(*again, "--replace").code == 0
    assert load_world("bookshop").digest != before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--name", "a", "--out", "b"), "give --name or --out, not both"),
        (("--name", "demo"), "'demo' is a world made by code: give yours another name"),
        (("--name", "book shop"), "a world cannot be called 'book shop'"),
        (("--name", "x", "--negatives", "many"), "expected 0 to 100, got 'many', and not 'auto'"),
    ],
)
def test_names_that_cannot_be_are_refused(
    arguments: tuple[str, ...], message: str, home: Path
) -> None:
    done = billp("world", "build", "csv", "--source", home, *arguments)
    assert done.code == 2
    assert message in done.err


def test_demo_shows_its_reference_policies_and_is_drawn(home: Path) -> None:
    done = billp("world", "show", "demo")
    assert done.code == 0, done.err
    assert "World 'demo'" in done.out
    assert "this world is made by code" in done.out
    for policy in ("random", "greedy", "genre-aware", "oracle"):
        assert f"{policy}: Len, R_each" in done.out
    assert "warning" not in done.out
    assert (home / "worlds" / "demo" / "world.png").read_bytes().startswith(b"\x89PNG")
    assert billp("world", "show", "demo").out == done.out


def test_demo_is_checked_by_the_rule_for_beta() -> None:
    done = billp("world", "check", "demo")
    assert (done.code, done.err) == (0, "")
    assert "demo: made by code, so it has no files to compare" in done.out


@pytest.mark.parametrize("action", ["show", "check"])
def test_an_unknown_world_lists_the_known_ones(action: str, built: str) -> None:
    done = billp("world", action, "bokshop")
    assert done.code == 2
    assert "did you mean 'bookshop'? Known worlds: bookshop, demo" in done.err


def test_the_picture_has_the_pages_colours_alone_and_names_its_panels(home: Path) -> None:
    billp("world", "show", "demo")
    drawn = (home / "worlds" / "demo" / "world.svg").read_text(encoding="utf-8")
    words = {"".join(one.itertext()) for one in ElementTree.fromstring(drawn).iter()}
    for title in ("World demo", "What users would rate", "How they end", "Rounds of genre-aware"):
        assert title in words
    spec = in_print(world_spec("demo", made_card(load_world("demo"))))
    known = set(COLOUR.findall(THEME.read_text(encoding="utf-8")))
    assert set(COLOUR.findall(json.dumps(spec))) <= known | {"#ffffff"}
