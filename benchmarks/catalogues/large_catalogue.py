"""Calls over a large catalogue: grounding, search and what the Actor is offered, by CPU time.

Random unit vectors stand for embeddings, kept in a folder as those of a real catalogue are.

    python -m benchmarks.catalogues.large_catalogue [ITEMS]
"""

import gc
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import Figure, report
from benchmarks.lasting.growth import resident_megabytes
from nodes import CatalogueSearch, Grounder, Likeness, Taste
from nodes.candidates import offer
from simulator import Catalogue, RewardModel

ITEMS, USERS, DIMENSIONS, WORDS, GENRES = 100_000, 1_000, 384, 8_000, 30
REPEATS, ROUNDS = 10, 20
MOST_MS, MOST_SECONDS, MOST_MB = 20.0, 5.0, 600.0
TOOLS = ("search", "best", "rested", "taste")


class Drawn:
    """A random unit vector a text."""

    name = "random vectors"

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `Embedder.embed`."""
        vectors = np.random.default_rng(len(texts)).standard_normal(
            (len(texts), DIMENSIONS), dtype=np.float32
        )
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors


class Expected:
    """Random ratings, which no model computes."""

    def __init__(self, items: int) -> None:
        self._items = items

    def rate(self, user: int) -> NDArray[np.float32]:
        """See `RewardModel.rate`."""
        return np.random.default_rng(user).uniform(1, 5, self._items).astype(np.float32)

    def rate_all(self, users: NDArray[np.intp]) -> NDArray[np.float32]:
        """See `RewardModel.rate_all`."""
        return np.stack([self.rate(int(user)) for user in users])


def rows(items: int) -> list[tuple[str, list[str]]]:
    """Titles of one to five made words and one to three genres each."""
    rng = np.random.default_rng(0)
    letters = rng.choice(list("abcdefghijklmnoprstuvw"), (WORDS, 9))
    words = ["".join(row[: 3 + number % 7]) for number, row in enumerate(letters)]
    drawn = (WORDS * rng.random((items, 5)) ** 2).astype(int)
    genres = rng.integers(GENRES, size=(items, 3))
    return [
        (
            " ".join(words[word] for word in line[: 1 + number % 5]).title(),
            [f"Genre {genre}" for genre in own[: 1 + number % 3]],
        )
        for number, (line, own) in enumerate(zip(drawn, genres, strict=True))
    ]


def milliseconds(call: Callable[[], object], repeats: int = REPEATS) -> float:
    """The CPU time of a call, the mean of some after a first."""
    call()
    start = time.process_time()
    for _ in range(repeats):
        call()
    return 1000 * (time.process_time() - start) / repeats


def measure(items: int, cache: Path) -> list[Figure]:
    """All figures of one catalogue."""
    listed, embedder = rows(items), Drawn()
    kept = CatalogueSearch(Catalogue.of(listed), embedder, vector_cache=cache)
    kept.vectors.get()
    Grounder(Catalogue.of(listed), embedder, vector_cache=cache).ground("?", [0])
    del kept
    gc.collect()

    start = time.process_time()
    catalogue = Catalogue.of(listed)
    made = time.process_time() - start
    search = CatalogueSearch(catalogue, embedder, vector_cache=cache)
    grounder = Grounder(catalogue, embedder, vector_cache=cache)
    expected = cast(RewardModel, Expected(items))
    likeness, taste = Likeness(catalogue, search.vectors, expected, USERS), Taste(expected)
    likeness.to(0)
    grounder.ground("?", [0])
    begun = time.process_time() - start

    title = max(catalogue.titles[:1000], key=len)
    world = SimpleNamespace(catalogue=catalogue)
    parts: Any = SimpleNamespace(
        world=world, catalogue_search=search, likeness=likeness, taste=taste
    )
    steps: list[Any] = []

    def turn() -> None:
        state: Any = {"user": 0, "steps": steps, "history": []}
        found = offer(state, "a quiet game", parts, TOOLS, told=False)
        steps.append({"item": catalogue.titles[found.candidates[0].item]})

    calls: dict[str, Callable[[], object]] = {
        "grounding, exact": lambda: grounder.ground(title, [1]),
        "grounding, fuzzy": lambda: grounder.ground(title + "x", [1]),
        "grounding, nearest": lambda: grounder.ground("what no item has", [1]),
        "catalogue search": lambda: search.search("a quiet game", [1]),
    }
    told = f"{items:,} items"
    goals = items <= ITEMS
    most, seconds, megabytes = (MOST_MS, MOST_SECONDS, MOST_MB) if goals else (None, None, None)
    figures = [
        Figure(f"{told}: {name}", milliseconds(calls[name]), "ms CPU", most) for name in calls
    ]
    figures.append(Figure(f"{told}: candidates of a round", milliseconds(turn, ROUNDS), "ms CPU"))
    return [
        Figure(f"{told}: titles cleaned", made, "s CPU"),
        Figure(f"{told}: start with kept vectors", begun, "s CPU", seconds),
        *figures,
        Figure(f"{told}: resident", resident_megabytes(), "MB", megabytes),
    ]


def main() -> None:
    """Keeps vectors in a folder that is removed."""
    items = int(sys.argv[1]) if len(sys.argv) > 1 else ITEMS
    with tempfile.TemporaryDirectory() as folder:
        report(measure(items, Path(folder)))


if __name__ == "__main__":
    main()
