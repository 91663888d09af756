"""Paired differences: variants compared on the very same sessions."""

from collections.abc import Iterator, Mapping
from itertools import combinations

import numpy as np

from experiments.runs.presets import PHASES, Phase
from experiments.statistics.figures import PairedDifference
from experiments.statistics.metrics import metric_differences
from experiments.statistics.session_table import SessionTable


def paired_differences(
    tables: Mapping[str, Mapping[Phase, SessionTable]],
) -> Iterator[PairedDifference]:
    """Every variant minus each later one, on the same seed, user and number."""
    for phase in PHASES:
        played = {name: of[phase] for name, of in tables.items() if phase in of}
        places = {name: _places(table) for name, table in played.items()}
        for a, b in combinations(played, 2):
            shared = [key for key in places[a] if key in places[b]]
            if shared:
                first, second = (np.array([places[of][key] for key in shared]) for of in (a, b))
                found = metric_differences(played[a].sessions(first), played[b].sessions(second))
                yield PairedDifference(phase=phase, a=a, b=b, pairs=len(shared), **vars(found))


def _places(table: SessionTable) -> dict[tuple[int, int, int], int]:
    """The row of each session by seed, user and number."""
    return {(one.seed, one.user, one.number): at for at, one in enumerate(table.finished)}
