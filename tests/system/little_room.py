"""Runs that find too little room on the disk, then go on with more, and what was said.

python -m tests.system.little_room FOLDER ROOM... (in bytes for each file)
"""

import contextlib
import io
import json
import resource
import sys
from pathlib import Path

from experiments.cli import main

_, HARD = resource.getrlimit(resource.RLIMIT_FSIZE)


def played(folder: Path, most: int) -> tuple[int, str]:
    """A run whose files have so many bytes each: its exit code, and what it complained of."""
    said = io.StringIO()
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, HARD))
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        code = main(
            [
                *("compare", "--world", "demo", "--arms", "random,react", "--seeds", "1"),
                *("--episodes", "20", "--rounds", "6", "--no-report", "--out", str(folder)),
            ]
        )
    resource.setrlimit(resource.RLIMIT_FSIZE, (HARD, HARD))
    return code, said.getvalue()


def cut_lines(folder: Path) -> list[str]:
    """Files of records that end in half a line."""
    files = {path: path.read_bytes() for path in folder.rglob("*.jsonl")}
    return [str(path) for path, content in files.items() if content and content[-1:] != b"\n"]


if __name__ == "__main__":
    place, *rooms = sys.argv[1:]
    played(Path(place, "alone"), HARD)
    for room in rooms:
        folder = Path(place, room)
        code, said = played(folder, int(room))
        cut = cut_lines(folder)
        again = played(folder, HARD)[0]
        print(json.dumps({"room": room, "code": code, "said": said, "cut": cut, "again": again}))
