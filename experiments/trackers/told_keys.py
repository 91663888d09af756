"""What a tracker was told of a run, so that a run that goes on tells it nothing twice."""

import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import durable


class ToldKeys:
    """An append-only file of keys."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        durable.drop_unfinished_line(path)
        self._keys = {json.loads(line) for _, line in durable.whole_lines(path)}

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def add(self, key: str) -> None:
        """Writes a key to disk."""
        durable.append(self._path, f"{json.dumps(key)}\n".encode())
        self._keys.add(key)


def checksum(content: Mapping[str, Any]) -> str:
    """Tells one content from another."""
    return f"{zlib.crc32(json.dumps(content, sort_keys=True).encode()):08x}"
