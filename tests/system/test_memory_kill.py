"""Kills a process that commits, again and again: what it acknowledged must be there."""

import hashlib
import random
import resource
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

ROWS, ROUNDS, EPISODES_A_ROUND = 300, 8, 1000
LONGEST_DELAY = 0.2  # seconds after an acknowledgement, about two commits
WRITING = 0.004  # seconds that Chroma takes to write its search index, about
EVERYTHING = 10**6
LARGEST_FILE = 10**9  # a damaged search index once grew to 4 TB

pytestmark = [
    pytest.mark.system,
    pytest.mark.filterwarnings("ignore:the index in .* is damaged"),
    pytest.mark.filterwarnings("ignore:.* ended in an unfinished line"),
]


class HashEmbedder:
    """Unit vectors drawn with a text's hash as their seed."""

    name = "hash"

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        seeds = [list(hashlib.sha256(text.encode()).digest()) for text in texts]
        vectors = np.array([np.random.default_rng(seed).standard_normal(32) for seed in seeds])
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


class Committer:
    """A process that commits an episode after the other, and prints each when that returned."""

    def __init__(self, folder: Path, round_: int, capacity: int) -> None:
        self._folder = folder
        command = [sys.executable, __file__, folder, str(round_ * EPISODES_A_ROUND), str(capacity)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def kill_after(self, episodes: int, delay: float) -> list[int]:
        """Lets it acknowledge some episodes; gives all that it did by its end."""
        seen = self._acknowledged(episodes)
        time.sleep(delay)
        return seen + self._kill()

    def kill_while_writing(self, delay: float) -> list[int]:
        """Waits for Chroma to write its search index."""
        seen = self._acknowledged(1)
        before = self._written()
        while self._written() == before and self._process.poll() is None:
            pass
        time.sleep(delay)
        return seen + self._kill()

    def _acknowledged(self, episodes: int) -> list[int]:
        assert self._process.stdout is not None
        return [int(self._process.stdout.readline()) for _ in range(episodes)]

    def _kill(self) -> list[int]:
        self._process.kill()
        rest, _ = self._process.communicate()
        return [int(line) for line in rest.splitlines()]

    def _written(self) -> set[tuple[Path, int]]:
        files = self._folder.glob("chroma-*/*/data_level0.bin")
        return {(path, path.stat().st_mtime_ns) for path in files}


def states(episode: int) -> list[str]:
    return [f"episode {episode} state {number}" for number in range(ROWS)]


def commit_for_ever(folder: Path, first: int, capacity: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    memories = MemoryFolder(folder, HashEmbedder(), capacity=capacity)
    for episode in range(first, first + EPISODES_A_ROUND):
        rows = tuple(experience(text, "Hades", verdict=1, at=episode) for text in states(episode))
        memories.commit(Lessons(f"episode {episode}", episode, {"experiences": rows}))
        print(episode, flush=True)


def kept_texts(folder: Path, capacity: int, chance: random.Random) -> set[str]:
    """Opens a folder that a kill left; its rows are the journal's, and found."""
    with closing(MemoryFolder(folder, HashEmbedder(), capacity=capacity)) as memories:
        rows = memories.rows("experiences")
        told = Journal(folder / "journal.jsonl", "hash").contents(capacity)["experiences"]
        assert {row.id: row for row in rows} == told
        for row in chance.sample(rows, 100):
            assert [hit.row for hit in memories.nearest("experiences", row.text, 1)] == [row]
    return {row.text for row in rows}


def test_no_acknowledged_episode_is_lost_to_kills(tmp_path: Path) -> None:
    chance, promised = random.Random(7), set[str]()
    for round_ in range(ROUNDS):
        committer = Committer(tmp_path, round_, EVERYTHING)
        episodes = committer.kill_after(chance.randint(1, 4), chance.uniform(0, LONGEST_DELAY))
        promised.update(text for episode in episodes for text in states(episode))
        assert promised <= kept_texts(tmp_path, EVERYTHING, chance)


def test_no_acknowledged_episode_is_lost_to_kills_while_chroma_writes(tmp_path: Path) -> None:
    chance, promised = random.Random(9), set[str]()
    for round_ in range(ROUNDS // 2):
        committer = Committer(tmp_path, round_, EVERYTHING)
        episodes = committer.kill_while_writing(chance.uniform(0, WRITING))
        promised.update(text for episode in episodes for text in states(episode))
        assert promised <= kept_texts(tmp_path, EVERYTHING, chance)


def test_the_last_acknowledged_episode_survives_kills_while_others_are_pruned(
    tmp_path: Path,
) -> None:
    chance, capacity = random.Random(11), 3 * ROWS  # pruned to what two episodes take and more
    for round_ in range(ROUNDS // 2):
        committer = Committer(tmp_path, round_, capacity)
        *_, last = committer.kill_after(chance.randint(4, 7), chance.uniform(0, LONGEST_DELAY))
        assert set(states(last)) <= kept_texts(tmp_path, capacity, chance)


if __name__ == "__main__":
    commit_for_ever(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
