"""Imports run one way between rooms, and no room outgrows what one can see at a glance."""

import ast
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FLOORS = (
    ("durable", "fetch", "home_folder"),
    ("simulator", "stores", "models"),
    ("nodes", "baselines"),
    ("graph",),
    ("experiments.errors", "experiments.interrupts", "experiments.terminal"),
    ("experiments.runs", "experiments.people"),
    ("experiments.playing", "experiments.statistics"),
    ("experiments.report", "experiments.trackers"),
    ("experiments.api",),
    ("experiments.arguments",),
    ("experiments.commands", "experiments.served"),
    ("experiments.cli",),
    ("experiments.help_page",),
)
ROOMS = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
LONGEST_FILE, MOST_FILES = 300, 24


def tracked(*patterns: str) -> list[Path]:
    """The files that git tracks, or those of the folder where it is no checkout."""
    listed = subprocess.run(
        ["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split("\n")
    return [ROOT / name for name in listed if name and (ROOT / name).exists()]


def product_files() -> list[Path]:
    tops = {room.partition(".")[0] for room in ROOMS}
    found = (path for path in tracked("*.py") if path.relative_to(ROOT).parts[0] in tops)
    return [*found, *(ROOT / f"{name}.py" for name in FLOORS[0])]


def room_of(module: str) -> str | None:
    parts = module.split(".")
    names = (".".join(parts[:count]) for count in range(len(parts), 0, -1))
    return next((name for name in names if name in ROOMS), None)


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def test_the_files_are_found() -> None:
    assert len(product_files()) > 100


def test_no_import_goes_upwards_or_to_a_neighbour() -> None:
    wrong = []
    for path in product_files():
        here = room_of(module_of(path))
        for name in imported(path):
            there = room_of(name)
            if here and there and here != there and ROOMS[there] >= ROOMS[here]:
                wrong.append(f"{module_of(path)} imports {name}")
    assert wrong == []


def test_every_module_is_in_a_room() -> None:
    outside = {module_of(path) for path in product_files() if not room_of(module_of(path))}
    assert outside <= {"experiments"}


def test_the_drawing_shows_every_room() -> None:
    drawing = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert [room for room in ROOMS if room not in drawing] == []


def test_no_file_is_too_long_to_read_at_once() -> None:
    lengths = {
        module_of(p): len(p.read_text(encoding="utf-8").splitlines()) for p in product_files()
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_folder_holds_too_many_files() -> None:
    counts = Counter(str(path.parent.relative_to(ROOT)) for path in tracked())
    assert {folder: count for folder, count in counts.items() if count > MOST_FILES} == {}


@pytest.mark.parametrize("room", [*chain.from_iterable(FLOORS)])
def test_a_room_is_there(room: str) -> None:
    place = ROOT / room.replace(".", "/")
    assert place.is_dir() or place.with_suffix(".py").is_file()


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs/architecture.md"])
def test_the_files_that_a_page_names_are_there(page: str) -> None:
    named = re.findall(r"`([a-z_]+/[\w/]+\.py)", (ROOT / page).read_text(encoding="utf-8"))
    assert [name for name in named if not (ROOT / name).is_file() and "ROLE" not in name] == []
