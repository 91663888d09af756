"""Paired differences: variants compared on the very same sessions."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.runs.presets import PHASES, Phase
from experiments.statistics.metrics import differences
from experiments.statistics.tally import Rows, Tally

Key = tuple[int, int, int]


def paired(tallies: Mapping[str, Mapping[Phase, Tally]]) -> Iterator[dict[str, Any]]:
    """Every variant less each that stands after it, on the same seed, user and number."""
    for phase in PHASES:
        played = {name: of[phase] for name, of in tallies.items() if phase in of}
        numbers = dict[Key, int]()
        pairings = {name: _pairings(tally.rows, numbers) for name, tally in played.items()}
        for a, b in combinations(played, 2):
            shared, first, second = np.intersect1d(
                pairings[a], pairings[b], assume_unique=True, return_indices=True
            )
            if not len(shared):
                continue
            estimates = differences(played[a].sessions(first), played[b].sessions(second))
            yield {"phase": phase, "a": a, "b": b, "pairs": len(shared), **asdict(estimates)}


def _pairings(rows: Rows, numbers: dict[Key, int]) -> NDArray[np.int64]:
    """A number for each session, the same for those of all variants that belong together."""
    keys = zip(rows["seed"].tolist(), rows["user"].tolist(), rows["number"].tolist(), strict=True)
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.int64)
