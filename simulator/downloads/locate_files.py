"""Finds a publisher's files in a folder, or says which are missing."""

from collections.abc import Sequence
from pathlib import Path

from simulator.downloads.sources import Source
from simulator.errors import WorldError


def locate_files(folder: Path, choices: Sequence[Sequence[str]], source: Source) -> list[Path]:
    """The files of the first complete choice, each plain or gzipped."""
    if found := _first_complete(folder, choices):
        return found
    inner = [found for place in _folders(folder) if (found := _first_complete(place, choices))]
    if len(inner) > 1:
        names = ", ".join(str(found[0].parent) for found in inner)
        raise WorldError(f"{folder} holds several logs: name one of {names}")
    if not inner:
        raise WorldError(missing_files(folder, source))
    return inner[0]


def missing_files(folder: Path, source: Source) -> str:
    """The error for a folder without the files of a data set."""
    lack = "lacks the files of this data set" if folder.is_dir() else "is not there"
    return f"{folder} {lack}: {placement_hint(folder, source)}"


def placement_hint(folder: Path, source: Source) -> str:
    """Which files to place in the folder, where they are published, and under which terms."""
    return f"place {source.needs} in {folder}, plain or gzipped. {source.terms}"


def _first_complete(folder: Path, choices: Sequence[Sequence[str]]) -> list[Path]:
    for names in choices:
        found = [path for name in names if (path := _file(folder, name))]
        if len(found) == len(names):
            return found
    return []


def _folders(folder: Path) -> list[Path]:
    """Archives unpack into a folder of their own."""
    if not folder.is_dir():
        return []
    try:
        return sorted(path for path in folder.iterdir() if path.is_dir())
    except OSError as error:
        raise WorldError(f"cannot read {folder}: {error.strerror}") from error


def _file(folder: Path, name: str) -> Path | None:
    candidates = (folder / name, folder / f"{name}.gz")
    return next((path for path in candidates if path.is_file()), None)
