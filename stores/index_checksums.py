"""Checksums of Chroma's search index files, which Chroma itself does not check."""

import json
import zlib
from pathlib import Path

import durable

CHECKSUMS = "sealed.json"


class IndexChecksums:
    """Writes the checksums of the current files; reads only files that have changed."""

    def __init__(self, chroma: Path) -> None:
        self._chroma = chroma
        self._known: dict[Path, tuple[tuple[int, ...], int]] = {}

    def write(self) -> None:
        """Records the current files as intact, right after a commit."""
        sums = {str(p.relative_to(self._chroma)): self._sum(p) for p in _saved(self._chroma)}
        durable.replace(self._chroma / CHECKSUMS, json.dumps(sums).encode())

    def _sum(self, path: Path) -> int:
        state = path.stat()
        mark = (state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns)
        if path not in self._known or self._known[path][0] != mark:
            self._known[path] = mark, zlib.crc32(path.read_bytes())
        return self._known[path][1]


def check_index_files(chroma: Path) -> None:
    """Raises if the files differ from the last commit's.

    Given damaged files, Chroma can end the process or fill the disk.
    """
    found = {
        str(path.relative_to(chroma)): zlib.crc32(path.read_bytes()) for path in _saved(chroma)
    }
    place = chroma / CHECKSUMS
    if found != (json.loads(place.read_bytes()) if place.exists() else {}):
        raise ValueError("its files are not those of the last commit")


def _saved(chroma: Path) -> list[Path]:
    """The files of all search indexes that Chroma has saved; it rebuilds the others."""
    folders = sorted(path.parent for path in chroma.glob("*/index_metadata.pickle"))
    return [path for folder in folders for path in sorted(folder.iterdir())]
