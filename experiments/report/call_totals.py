"""The chat calls of a run added up by role and model, from calls.csv."""

import csv
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from experiments.runs.money import PriceTable, cost
from models import Tokens


@dataclass
class CallTotals:
    """The calls of one role to one chat model, whose exact name includes its server."""

    role: str
    model: str
    calls: int = 0
    input: int = 0
    output: int = 0
    cached: int = 0
    estimated: int = 0
    seconds: "array[float]" = field(default_factory=lambda: array("d"))

    def quantile(self, share: float) -> float | None:
        """The longest time that this share of the calls took."""
        return round(float(np.quantile(self.seconds, share)), 4) if self.seconds else None

    def money(self, prices: PriceTable) -> float | None:
        """USD; None where the price is unknown."""
        paid = cost(self.model, Tokens(self.input, self.output, self.cached), prices)
        return None if paid is None else round(paid, 6)


def read_calls(path: Path) -> list[CallTotals]:
    """Adds up the file line by line; lines that cannot be read are skipped."""
    found: dict[tuple[str, str], CallTotals] = {}
    for row in _rows(path):
        try:
            numbers = [int(row[name]) for name in ("input", "output", "cached", "estimated")]
            role, model, seconds = str(row["role"]), str(row["model"]), float(row["seconds"])
        except (KeyError, TypeError, ValueError):
            continue
        totals = found.setdefault((role, model), CallTotals(role, model))
        totals.calls += 1
        totals.input += numbers[0]
        totals.output += numbers[1]
        totals.cached += numbers[2]
        totals.estimated += numbers[3]
        totals.seconds.append(seconds)
    return [found[key] for key in sorted(found)]


def _rows(path: Path) -> Iterator[Mapping[str, str]]:
    if not path.is_file():
        return
    with path.open(newline="", encoding="utf-8", errors="replace") as lines:
        rows = csv.DictReader(line.replace("\0", "") for line in lines)
        while True:
            try:
                yield next(rows)
            except StopIteration:
                return
            except csv.Error:
                continue
