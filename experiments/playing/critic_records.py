"""The results of a Critic study: what it has found so far, and the figures of a studied state."""

import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import TypeAdapter
from typing_extensions import TypedDict

import durable
from experiments.runs.files import append_line, read_lines

What = Literal["state", "estimate", "return"]
Key = tuple[int, What, int]


class Finding(TypedDict):
    """A line of critic.jsonl."""

    user: int
    what: What
    number: int
    value: Any


FINDING = TypeAdapter(Finding)


class CriticRecords:
    """An append-only file of findings by user, kind and number, so that none is made twice."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writing = threading.Lock()
        durable.drop_unfinished_line(path)
        self.found: dict[Key, Any] = {
            (line["user"], line["what"], line["number"]): line["value"]
            for _, line in read_lines(path, FINDING)
        }

    def append(self, key: Key, value: Any) -> None:
        """Writes a finding to disk."""
        with self._writing:
            user, what, number = key
            append_line(self._path, Finding(user=user, what=what, number=number, value=value))
            self.found[key] = value


@dataclass(frozen=True)
class StudiedState:
    """The Critic's estimates of a state, and the returns of sessions played from it."""

    user: int
    round: int
    estimates: Sequence[float]
    returns: Sequence[float]

    def figures(self) -> dict[str, Any]:
        """Means, standard deviations, and the bias: the mean estimate less the mean return."""
        estimates, returns = np.array(self.estimates), np.array(self.returns)
        return {
            **asdict(self),
            "estimate_mean": round(float(estimates.mean()), 6),
            "estimate_sd": round(float(estimates.std(ddof=1)), 6) if len(estimates) > 1 else None,
            "return_mean": round(float(returns.mean()), 6),
            "return_sd": round(float(returns.std(ddof=1)), 6) if len(returns) > 1 else None,
            "bias": round(float(estimates.mean() - returns.mean()), 6),
        }
