"""The results of a Critic study: what it has found so far, and the figures of a studied state."""

import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from experiments.runs.jsonl import append_line, drop_unfinished, read_lines

Finding = Literal["state", "estimate", "return"]
Key = tuple[int, Finding, int]
NAMES = ("user", "what", "number", "value")


class CriticRecords:
    """An append-only file of findings by user, kind and number, so that none is made twice."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writing = threading.Lock()
        drop_unfinished(path)
        self.found: dict[Key, Any] = {
            (line["user"], line["what"], line["number"]): line["value"]
            for line in read_lines(path, NAMES)
        }

    def append(self, key: Key, value: Any) -> None:
        """Writes a finding to disk."""
        with self._writing:
            append_line(self._path, dict(zip(NAMES, (*key, value), strict=True)))
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
