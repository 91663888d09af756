"""`billp world` as a user runs it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.system.test_demo import billp

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a small log and the world made from it."""
    home = tmp_path_factory.mktemp("home")
    rows = [f"u{n % 40},i{(n * 7 + n // 40) % 50},{1 + n % 5}" for n in range(1200)]
    (home / "log").mkdir()
    (home / "log" / "ratings.csv").write_text("user,item,rating\n" + "\n".join(rows) + "\n")
    done = billp("world", "build", "csv", "--source", "log", "--out", "small", home=home)
    assert done.returncode == 0, done.stderr
    assert "random: Len, R_each" in done.stdout
    return home


def test_show_prints_a_table_and_writes_a_picture(home: Path) -> None:
    done = billp("world", "show", "small", home=home)
    assert done.returncode == 0, done.stderr
    assert "AUC seen and unseen" in done.stdout
    assert (home / "small" / "world.png").read_bytes().startswith(b"\x89PNG")


def test_a_world_in_the_usual_place_is_known_by_its_name(home: Path) -> None:
    shutil.copytree(home / "small", home / "billp" / "worlds" / "kept")
    done = billp("world", "check", "kept", home=home)
    assert done.returncode == 0, done.stderr
    assert "/worlds/kept: every file has the hash" in done.stdout


def test_check_finds_a_whole_world_whole_and_an_altered_one_altered(home: Path) -> None:
    assert billp("world", "check", "small", home=home).returncode == 0
    path = home / "small" / "test.safetensors"
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    done = billp("world", "check", "small", home=home)
    path.write_bytes(data)
    assert done.returncode == 2
    assert "test.safetensors is not the file" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["build", "stream", "--source", "log", "--out", "x"], "did you mean 'steam'"),
        (["build", "steam", "--source", "log", "--out", "x"], "steam_reviews.json"),
        (["show", "nowhere"], "unknown world 'nowhere': known worlds: "),
        (["show", "log"], "holds no world"),
        (["build", "csv", "--source", "log", "--out", "/dev/null/x"], "cannot be written"),
    ],
)
def test_what_the_user_can_cause_ends_in_one_line(
    arguments: list[str], message: str, home: Path
) -> None:
    done = billp("world", *arguments, home=home)
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_an_episode_runs_on_a_built_world(home: Path) -> None:
    program = (
        "import asyncio; from graph.episode import graph; from nodes import Context;"
        "s = asyncio.run(graph.ainvoke({'user': 3}, context=Context(world='small', max_rounds=4)));"
        "print(len(s['steps']), s['ending']['rounds'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=home,
        env={**os.environ, "BILLP_HOME": str(home / "billp")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    steps, rounds = done.stdout.split()
    assert steps == rounds
