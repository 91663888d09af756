"""The files of a Chroma folder, which Chroma itself does not check, and how far they go.

Given damaged files, Chroma can end the process or fill the disk.
"""

import json
import zlib
from pathlib import Path
from typing import Any

import durable

CHECKSUMS = "sealed.json"
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
