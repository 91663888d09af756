"""`billp memory` beside other processes, and what a kill in the middle of compacting leaves."""

import random
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from stores import Lessons, MemoryFolder, experience
from stores.journal import Journal
from tests.system.processes import ROOT
from tests.system.test_demo import billp

EPISODES, ROWS, KEEP, ROUNDS = 20, 100, 150, 8

pytestmark = [pytest.mark.system, pytest.mark.filterwarnings("ignore:the index in .* is damaged")]


class HashEmbedder:
    """Unit vectors drawn with a text as their seed."""

    name = "hash"

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        drawn = [np.random.default_rng(list(text.encode())).standard_normal(32) for text in texts]
        vectors: NDArray[np.float64] = np.array(drawn).reshape(-1, 32)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / lengths, np.float32)


def texts_of(episode: int) -> list[str]:
    return [f"episode {episode} state {number}" for number in range(ROWS)]


def taught(episode: int) -> Lessons:
    rows = tuple(experience(text, "Hades", verdict=1, at=episode) for text in texts_of(episode))
    return Lessons(f"episode {episode}", episode, {"experiences": rows})


def open_folder(folder: Path) -> MemoryFolder:
    return MemoryFolder(folder, HashEmbedder())


def compact_when_told(folder: Path) -> None:
    with closing(open_folder(folder)) as memories:
        print("open", flush=True)
        sys.stdin.readline()
        memories.compact(KEEP)
        print("done", flush=True)
        sys.stdin.readline()


class Child:
    """A process that has a folder open, and compacts it when told."""

    def __init__(self, folder: Path) -> None:
        pipe = subprocess.PIPE
        command = [sys.executable, "-m", __name__, str(folder)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)
        self.expect("open\n")

    def expect(self, line: str) -> None:
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == line

    def go_on(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("filled") / "memory"
    with closing(open_folder(folder)) as memories:
        memories.commit_all([taught(episode) for episode in range(EPISODES)])
    return folder


def rows_in(folder: Path) -> list[str]:
    """Opens it; what it holds is also found, and nothing that was committed is learned again."""
    with closing(open_folder(folder)) as memories:
        memories.commit_all([taught(episode) for episode in range(EPISODES)])
        rows = memories.rows("experiences")
        for row in rows[:: len(rows) // 20]:
            assert memories.nearest("experiences", row.text, 1)[0].row == row
    return [row.text for row in rows]


def test_a_kill_while_compacting_leaves_the_old_rows_or_the_new(
    filled: Path, tmp_path: Path
) -> None:
    before = rows_in(filled)
    after, chance, took = before[-KEEP:], random.Random(5), 0.0
    for round_ in range(ROUNDS):
        folder = tmp_path / str(round_)
        shutil.copytree(filled, folder)
        child, began = Child(folder), time.monotonic()
        child.go_on()
        if round_ == 0:  # undisturbed, to know how long it takes
            child.expect("done\n")
            took = time.monotonic() - began
        time.sleep(chance.uniform(0, took) if round_ else 0)
        child.kill()
        journal = Journal(folder / "journal.jsonl", "hash")
        assert journal.committed() == {f"episode {number}" for number in range(EPISODES)}
        assert rows_in(folder) in ([after] if round_ == 0 else [before, after])


def test_list_sees_a_folder_that_another_process_has_open(filled: Path, tmp_path: Path) -> None:
    folder = tmp_path / "memory"
    shutil.copytree(filled, folder)
    child = Child(folder)
    done = billp("memory", "list", str(folder), home=tmp_path)
    child.kill()
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{EPISODES * ROWS:,} experiences" in done.stdout
    assert done.stdout.endswith("; in use\n")
    done = billp("memory", "list", str(folder), home=tmp_path)
    assert done.stdout.endswith("; not in use\n")


def test_a_folder_in_use_is_not_pruned(filled: Path, tmp_path: Path) -> None:
    folder = tmp_path / "memory"
    shutil.copytree(filled, folder)
    child = Child(folder)
    done = billp("memory", "prune", str(folder), "--keep", "1", home=tmp_path)
    child.kill()
    assert done.returncode == 2
    assert "is in use by another process" in done.stderr
    assert len(rows_in(folder)) == EPISODES * ROWS


if __name__ == "__main__":
    compact_when_told(Path(sys.argv[1]))
