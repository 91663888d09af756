"""A seal over the files of Chroma's search index, which it reads unchecked."""

import json
import zlib
from pathlib import Path

import durable

SEAL = "sealed.json"


class Seal:
    """Notes which files are whole; reads again only those that have changed."""

    def __init__(self, chroma: Path) -> None:
        self._chroma = chroma
        self._known: dict[Path, tuple[tuple[int, ...], int]] = {}

    def renew(self) -> None:
        """Says that the files are whole as they are: Chroma writes them only in a commit."""
        sums = {str(p.relative_to(self._chroma)): self._sum(p) for p in _saved(self._chroma)}
        durable.replace(self._chroma / SEAL, json.dumps(sums).encode())

    def _sum(self, path: Path) -> int:
        state = path.stat()
        mark = (state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns)
        if path not in self._known or self._known[path][0] != mark:
            self._known[path] = mark, zlib.crc32(path.read_bytes())
        return self._known[path][1]


def check_seal(chroma: Path) -> None:
    """Refuses files that are not those of the last commit.

    Chroma, given damaged ones, ends the process or fills the disk.
    """
    found = {
        str(path.relative_to(chroma)): zlib.crc32(path.read_bytes()) for path in _saved(chroma)
    }
    place = chroma / SEAL
    if found != (json.loads(place.read_bytes()) if place.exists() else {}):
        raise ValueError("its files are not those of the last commit")


def _saved(chroma: Path) -> list[Path]:
    """The files of every search index that Chroma has saved; it makes others anew."""
    folders = sorted(path.parent for path in chroma.glob("*/index_metadata.pickle"))
    return [path for folder in folders for path in sorted(folder.iterdir())]
