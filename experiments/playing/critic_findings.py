"""What the study of a Critic has found so far, a line each, so that nothing is asked twice."""

import threading
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter
from typing_extensions import TypedDict

import durable
from experiments.runs.jsonl import append_line, read_lines

What = Literal["state", "estimate", "return"]
Key = tuple[int, What, int]


class Finding(TypedDict):
    """A line of critic.jsonl."""

    user: int
    what: What
    number: int
    value: Any


FINDING = TypeAdapter(Finding)


class Findings:
    """Of each user the checkpoint of a state, what the Critic said of it, and what it was worth."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writing = threading.Lock()
        durable.drop_unfinished_line(path)
        self.known: dict[Key, Any] = {
            (line["user"], line["what"], line["number"]): line["value"]
            for _, line in read_lines(path, FINDING)
        }

    def keep(self, key: Key, value: Any) -> None:
        """Writes down for good what was found."""
        with self._writing:
            user, what, number = key
            append_line(self._path, Finding(user=user, what=what, number=number, value=value))
            self.known[key] = value
