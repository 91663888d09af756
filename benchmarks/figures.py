"""A measured figure beside what it should be."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Figure:
    """What was measured, and the most that it may be."""

    name: str
    value: float
    unit: str
    most: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the figure reaches its target, where it has one."""
        return None if self.most is None else self.value <= self.most


def report(figures: Iterable[Figure]) -> None:
    """Prints figures for the program that collects them."""
    for figure in figures:
        print(json.dumps(asdict(figure)))


def collected(output: str) -> list[Figure]:
    """Reads what `report` printed, among whatever else a program said."""
    return [Figure(**json.loads(line)) for line in output.splitlines() if line.startswith("{")]
