"""Small logs written as publishers write theirs."""

import gzip
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from simulator.logs import Log

Write = Callable[[str, Iterable[object]], Path]
Ratings = list[tuple[str, str, float]]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes lines into a file of the test's folder, gzipped where its name says so."""

    def write(name: str, lines: Iterable[object]) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = "".join(f"{line}\n" for line in lines).encode()
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return write


def ratings_of(log: Log) -> Ratings:
    """User, title and rating of every row, in order."""
    rows = zip(log.users, log.items, log.ratings, strict=True)
    return [(log.user_names[u], log.catalogue.titles[i], float(r)) for u, i, r in rows]
