"""What was really paid and waited for: `calls.csv`, by role and chat model."""

import csv
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

MILLION = 1_000_000


@dataclass
class Calls:
    """The calls of one role to one chat model."""

    role: str
    model: str
    calls: int = 0
    input: int = 0
    output: int = 0
    cached: int = 0
    estimated: int = 0
    seconds: "array[float]" = field(default_factory=lambda: array("d"))

    def quantile(self, share: float) -> float | None:
        """How long that share of the calls took at most."""
        return round(float(np.quantile(self.seconds, share)), 4) if self.seconds else None

    def money(self, prices: Mapping[str, Any]) -> float | None:
        """In USD; None where a price is unknown, and never zero for that."""
        price = next((prices[name] for name in prices if self._is(name)), None)
        if not price or any(price.get(kind) is None for kind in ("input", "cached", "output")):
            return None
        paid = (self.input - self.cached) * price["input"] + self.cached * price["cached"]
        return round(float(paid + self.output * price["output"]) / MILLION, 6)

    def _is(self, name: str) -> bool:
        """Whether this is the model of that name, on whichever server."""
        return self.model == name or self.model.startswith(f"{name}@")


def read_calls(path: Path) -> list[Calls]:
    """Adds up the file line by line; a line that cannot be read is passed over."""
    found: dict[tuple[str, str], Calls] = {}
    for row in _rows(path):
        try:
            numbers = [int(row[name]) for name in ("input", "output", "cached", "estimated")]
            seconds = float(row["seconds"])
            role, model = str(row["role"]), str(row["model"])
        except (KeyError, TypeError, ValueError):
            continue
        calls = found.setdefault((role, model), Calls(role, model))
        calls.calls += 1
        calls.input += numbers[0]
        calls.output += numbers[1]
        calls.cached += numbers[2]
        calls.estimated += numbers[3]
        calls.seconds.append(seconds)
    return [found[key] for key in sorted(found)]


def _rows(path: Path) -> Iterator[dict[str, Any]]:
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
