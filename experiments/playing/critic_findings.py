"""What the study of a Critic has found so far, a line each, so that nothing is asked twice."""

import threading
from pathlib import Path
from typing import Any, Literal

from experiments.runs.jsonl import append_line, drop_unfinished, read_lines

What = Literal["state", "estimate", "return"]
Key = tuple[int, What, int]
NAMES = ("user", "what", "number", "value")


class Findings:
    """Of each user the checkpoint of a state, what the Critic said of it, and what it was worth."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writing = threading.Lock()
        drop_unfinished(path)
        self.known: dict[Key, Any] = {
            (line["user"], line["what"], line["number"]): line["value"]
            for line in read_lines(path, NAMES)
        }

    def keep(self, key: Key, value: Any) -> None:
        """Writes down for good what was found."""
        with self._writing:
            append_line(self._path, dict(zip(NAMES, (*key, value), strict=True)))
            self.known[key] = value
