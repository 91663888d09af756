"""Kills a process that commits whole batches: each is there, or the first so many of it."""

import random
import subprocess
import sys
import time
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from stores import MemoryFolder
from stores.journal import Journal
from stores.journal_lines import read_journal
from tests.system.processes import ROOT
from tests.system.test_memory_commands import HashEmbedder, open_folder, taught

BATCH, ROUNDS = 5, 6
LONGEST_DELAY = 0.6  # seconds after an acknowledgement, about two batches

pytestmark = [
    pytest.mark.system,
    pytest.mark.filterwarnings("ignore:the index in .* is damaged"),
    pytest.mark.filterwarnings("ignore:.* ended in an unfinished line"),
]


def commit_for_ever(folder: Path, first: int) -> None:
    memories = MemoryFolder(folder, HashEmbedder())
    for begin in count(first, BATCH):
        memories.commit_all([taught(episode) for episode in range(begin, begin + BATCH)])
        print(begin + BATCH, flush=True)


def killed_at(folder: Path, first: int, delay: float) -> int:
    """Has a process commit; gives the number of episodes that it acknowledged by its end."""
    command = [sys.executable, "-m", __name__, str(folder), str(first)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    done = int(process.stdout.readline())
    time.sleep(delay)
    process.kill()
    rest, _ = process.communicate()
    return int(rest.split()[-1]) if rest.split() else done


def test_what_was_acknowledged_is_there_and_of_a_batch_its_first_episodes(tmp_path: Path) -> None:
    chance, episodes = random.Random(3), 0
    for _ in range(ROUNDS):
        acknowledged = killed_at(tmp_path, episodes, chance.uniform(0, LONGEST_DELAY))
        with closing(open_folder(tmp_path)) as memories:
            rows = {row.id: row for row in memories.rows("experiences")}
            for row in chance.sample(sorted(rows.values(), key=lambda row: row.text), 30):
                assert memories.nearest("experiences", row.text, 1)[0].row == row
        journal = Journal(tmp_path / "journal.jsonl", "hash")
        told = [line.lessons.episode for line in read_journal(journal.path).lines]
        assert told == [f"episode {number}" for number in range(len(told))]
        assert rows == journal.contents(10_000)["experiences"]
        assert acknowledged <= len(told) <= acknowledged + BATCH
        episodes = len(told)


if __name__ == "__main__":
    commit_for_ever(Path(sys.argv[1]), int(sys.argv[2]))
