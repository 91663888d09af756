"""The files of a Chroma folder, which Chroma itself does not check, and how far they go.

Given damaged files, Chroma can end the process or fill the disk. Also what all files of a memory
folder held when it was closed: where they still do, nothing has to be replayed or compared.
"""

import json
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import durable

CHECKSUMS = "sealed.json"
CLOSED = "closed.json"
PART = 1 << 20  # bytes
UNKNOWN = -1  # how far files of older versions go


class IndexFiles:
    """The checksums of Chroma's search index files; reads only files that have changed."""

    def __init__(self, chroma: Path) -> None:
        self._chroma = chroma
        self._known: dict[Path, tuple[tuple[int, ...], int]] = {}

    def write(self, seq: int) -> None:
        """Records the current files as intact, and the journal's line that they go up to."""
        written = durable.checked_line({"seq": seq, "files": self._sums()})
        durable.replace(self._chroma / CHECKSUMS, written)

    def check(self) -> int | None:
        """Raises if the files differ from the last commit's; gives the line that they go up to.

        None where no commit has ended.
        """
        place = self._chroma / CHECKSUMS
        known: dict[str, Any] = {"seq": None, "files": {}}
        if place.exists():
            data = place.read_bytes()
            known = durable.checked_record(data) or {"seq": UNKNOWN, "files": json.loads(data)}
        if self._sums() != known["files"]:
            raise ValueError("its files are not those of the last commit")
        seq: int | None = known["seq"]
        return seq

    def _sums(self) -> dict[str, int]:
        """By file, for all search indexes that Chroma has saved; it rebuilds the others."""
        folders = sorted(path.parent for path in self._chroma.glob("*/index_metadata.pickle"))
        files = [path for folder in folders for path in sorted(folder.iterdir())]
        return {str(path.relative_to(self._chroma)): self._sum(path) for path in files}

    def _sum(self, path: Path) -> int:
        state = path.stat()
        mark = (state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns)
        if path not in self._known or self._known[path][0] != mark:
            self._known[path] = mark, zlib.crc32(path.read_bytes())
        return self._known[path][1]


def write_closed(files: Mapping[str, Path], place: Path, about: Mapping[str, Any]) -> None:
    """Notes what a closed folder's files hold; where that fails, it is opened the long way."""
    with suppress(OSError):
        sums = {name: _checked(path) for name, path in files.items()}
        durable.replace(place, durable.checked_line({"about": about, "files": sums}))


def read_closed(files: Mapping[str, Path], place: Path) -> dict[str, Any] | None:
    """What was noted of a folder when it was closed; None if a file is not as it was then."""
    try:
        record = durable.checked_record(place.read_bytes())
        known: dict[str, list[int]] = record["files"] if record else {}
        if not record or {name: path.stat().st_size for name, path in files.items()} != {
            name: size for name, (size, _) in known.items()
        }:
            return None
        same = all(_checked(path) == known[name] for name, path in files.items())
    except (OSError, ValueError, KeyError, TypeError):
        return None
    about: dict[str, Any] = record["about"]
    return about if same else None


def _checked(path: Path) -> list[int]:
    """The size and checksum of a file."""
    size = total = 0
    for part in _parts(path):
        size, total = size + len(part), zlib.crc32(part, total)
    return [size, total]


def _parts(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while part := file.read(PART):
            yield part
