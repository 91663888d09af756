"""What a worker must have in common with the run, or its episodes would differ."""

import hashlib
import platform
from dataclasses import dataclass, fields
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from experiments.errors import RunError
from stores import DEFAULT_EMBEDDING

ROOT = Path(__file__).resolve().parents[3]
ROOMS = ("experiments/playing", "graph", "models", "nodes", "simulator", "stores")
REMEDIES = {
    "version": "install the same version of billp there",
    "source": "install the same commit of billp there, and start that worker anew",
    "python": "use one minor version of Python everywhere",
    "numpy": "install the packages of constraints.txt there",
    "chromadb": "install the packages of constraints.txt there",
    "embedding": "use one embedding everywhere",
}


@dataclass(frozen=True)
class Facts:
    """A process's version of the project, of what computes in it, and its embedding."""

    version: str
    source: str
    python: str
    numpy: str
    chromadb: str
    embedding: str


@cache
def facts() -> Facts:
    """Those of this process."""
    return Facts(
        version=_version("billp"),
        source=_source_digest(),
        python=".".join(platform.python_version_tuple()[:2]),
        numpy=_version("numpy"),
        chromadb=_version("chromadb"),
        embedding=DEFAULT_EMBEDDING,
    )


def check_same(own: Facts, others: Facts, worker: str) -> None:
    """Refuses a worker that differs."""
    for one in fields(Facts):
        ours, theirs = getattr(own, one.name), getattr(others, one.name)
        if ours != theirs:
            raise RunError(
                f"{worker} has another {one.name} ({theirs!r}, this run {ours!r}): "
                f"{REMEDIES[one.name]}, then give the same command again"
            )


def _source_digest() -> str:
    """A hash of the files that episodes are played by."""
    found = hashlib.sha256()
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            found.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:16]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"
