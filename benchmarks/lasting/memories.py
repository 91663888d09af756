"""What a memory folder costs as it grows: commits, queries, opening and eviction, in CPU time.

Texts are situations as roles write them, and their vectors the sum of a drawn vector a word, so
that near texts have near vectors. Chroma is the real one.

    python -m benchmarks.lasting.memories [ROWS ...]
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import Figure, report
from benchmarks.lasting.growth import resident_megabytes
from stores import Entry, Lessons, MemoryFolder, Row, experience

T = TypeVar("T")

SIZES = (1_000, 10_000, 100_000)
EPISODE, BATCH, FILLED_AT_ONCE = 20, 5, 500  # rows, episodes, rows
COMMITS, QUERIES, NEAREST = 12, 100, 40
FIRST = 10**6  # the number of the first measured episode
LIKES, LATELY = 4, 4
GENRES = [
    *("Action", "Adventure", "Strategy", "Simulation", "Racing", "Sports", "Puzzle", "Horror"),
    *("Casual", "Indie", "Platformer", "Shooter", "Survival", "Music", "Cards", "Stealth"),
    *("Fighting", "Building", "Mystery", "Trivia"),
]
RATED = ("very well", "well", "fairly", "badly")
FACTS = {"stayed": 1, "advantage": 0.25, "rating": 3.2, "alike1": -1.2, "alike4": 0.3}
PLACE = "demo-0123456789abcdef: best, rested, search, taste"


class Words:
    """Unit vectors as wide as MiniLM's."""

    name = "words"

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The sum of the vectors of a text's words."""
        if not texts:
            return np.empty((0, 384), np.float32)
        vectors = np.stack([np.sum([_vector(w) for w in text.split()], axis=0) for text in texts])
        unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit.astype(np.float32)


@cache
def _vector(word: str) -> NDArray[np.float64]:
    seed = list(hashlib.sha256(word.encode()).digest())
    return np.random.default_rng(seed).standard_normal(384)


def situation(number: int) -> str:
    """The text of a situation; the number makes it unlike every other."""
    drawn = np.random.default_rng(number)
    likes, lately = drawn.choice(GENRES, LIKES, replace=False), drawn.choice(GENRES, LATELY)
    return (
        f"Likes {', '.join(likes)}. Lately {' and '.join(lately[:2])}, then "
        f"{' and '.join(lately[2:])}; rated {RATED[number % len(RATED)]}. {number}"
    )


def episode(number: int, rows: int) -> Lessons:
    """An episode of new situations, which used the one before."""
    name, at = f"run/{number}", number * 1000
    taught = tuple(_experience(number * 1000 + n, at + n) for n in range(rows))
    used = tuple(_experience((number - 1) * 1000 + n, at).id for n in range(rows // 2))
    return Lessons(name, at, {"experiences": taught}, {"experiences": used}, 9.0, user=number)


def _experience(number: int, at: int) -> Row:
    known: Entry = {**FACTS, "place": PLACE}
    return experience(situation(number), f"Game {number}", verdict=1, at=at, known=known)


def fill(folder: Path, rows: int) -> None:
    """Fills a folder, which then has room for the commits that are measured, and no more."""
    with closing(opened(folder, rows)) as memories:
        for number in range(rows // FILLED_AT_ONCE):
            memories.commit(episode(number + 1, FILLED_AT_ONCE))


def opened(folder: Path, rows: int) -> MemoryFolder:
    """The memories, of which the last measured commit but one evicts the oldest."""
    return MemoryFolder(folder, Words(), capacity=rows + COMMITS * EPISODE * BATCH)


def measure(folder: Path, rows: int) -> Iterator[Figure]:
    """The costs at a size, in the order that leaves it the same until the end."""
    told = f"{rows:,} rows: "
    spent, memories = cpu_of(opened, folder, rows)
    yield Figure(f"{told}CPU of opening", spent, "ms")
    yield Figure(f"{told}memory of the process then", resident_megabytes(), "MB")
    asked = [situation(10**9 + number) for number in range(QUERIES)]
    near = [cpu_of(memories.nearest, "experiences", text, NEAREST)[0] for text in asked]
    yield Figure(f"{told}CPU of a query, median", float(np.median(near)), "ms")
    yield Figure(f"{told}CPU of a query, p95", float(np.quantile(near, 0.95)), "ms", 10.0)
    batches = [
        [episode(FIRST + at * BATCH + number, EPISODE) for number in range(BATCH)]
        for at in range(COMMITS)
    ]
    commits = [cpu_of(memories.commit_all, batch)[0] for batch in batches]
    yield Figure(
        f"{told}CPU of a batch of {BATCH} episodes of {EPISODE} rows",
        float(np.median(commits)),
        "ms",
    )
    last = episode(FIRST + COMMITS * BATCH, EPISODE)
    yield Figure(
        f"{told}CPU of a commit that evicts a quarter", cpu_of(memories.commit, last)[0], "ms"
    )
    yield Figure(f"{told}rows after that", memories.counts()["experiences"], "")
    yield Figure(f"{told}memory of the process at last", resident_megabytes(), "MB")
    memories.close()
    yield Figure(f"{told}CPU of opening again", cpu_of(opened, folder, rows)[0], "ms")


def cpu_of(work: Callable[..., T], *given: object) -> tuple[float, T]:
    """The CPU time of all threads, in milliseconds."""
    began = time.process_time()
    done = work(*given)
    return (time.process_time() - began) * 1000, done


def main() -> None:
    """Each size in processes of its own, as memory is not given back."""
    if sys.argv[1:2] == ["fill"]:
        fill(Path(sys.argv[2]), int(sys.argv[3]))
    elif sys.argv[1:2] == ["measure"]:
        report(measure(Path(sys.argv[2]), int(sys.argv[3])))
    else:
        for rows in map(int, sys.argv[1:] or SIZES):
            with tempfile.TemporaryDirectory() as folder:
                for task in ("fill", "measure"):
                    command = [
                        sys.executable,
                        "-m",
                        "benchmarks.lasting.memories",
                        task,
                        folder,
                        str(rows),
                    ]
                    subprocess.run(command, check=True, env=os.environ)


if __name__ == "__main__":
    main()
