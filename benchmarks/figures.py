"""A measured figure beside what it should be."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Figure:
    """What was measured, and the most or the least that it may be."""

    name: str
    value: float
    unit: str
    most: float | None = None
    least: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the figure reaches its target, where it has one."""
        if self.most is None and self.least is None:
            return None
        low = self.least is None or self.value >= self.least
        return low and (self.most is None or self.value <= self.most)

    @property
    def of_target(self) -> float | None:
        """The figure as a multiple of its target, where it has one of more than nothing."""
        bound = self.least if self.most is None else self.most
        return self.value / bound if bound else None

    @property
    def target(self) -> str:
        """What it should be, in words."""
        bounds = [("at most", self.most), ("at least", self.least)]
        return ", ".join(f"{words} {n:g} {self.unit}" for words, n in bounds if n is not None)


def report(figures: Iterable[Figure]) -> None:
    """Prints figures for the program that collects them."""
    for figure in figures:
        print(json.dumps(asdict(figure)))


def collected(output: str) -> list[Figure]:
    """Reads what `report` printed, among whatever else a program said."""
    return [Figure(**json.loads(line)) for line in output.splitlines() if line.startswith("{")]
