"""Figures of several programs, as a table for people and as JSON for other programs."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.table import Table

import durable
from benchmarks.figures import Figure

MILLISECONDS = {"ms": 1.0, "s": 1e3, "min": 6e4}
TITLE = "chat model: offline, in process or behind a loopback server"
WORDS = {None: "", True: "[green]reached[/]", False: "[red]missed[/]"}


@dataclass(frozen=True)
class Measured:
    """A figure, the program that measured it, and the calibration loop in ms just before."""

    figure: Figure
    by: str
    calibration: float

    @property
    def in_loops(self) -> float | None:
        """A time as a multiple of the calibration loop's; other figures have none."""
        words = self.figure.unit.split()
        unit = next((word for word in words if word in MILLISECONDS), None)
        if unit is None or words[0].startswith("/"):  # a rate is no time
            return None
        return self.figure.value * MILLISECONDS[unit] / self.calibration


def table(measured: Sequence[Measured]) -> Table:
    """Figures as people read them."""
    shown = Table(title=f"{TITLE}; load {os.getloadavg()[0]:.1f}")
    shown.add_column("figure")
    for name in ("measured", "target", "of target", "in loops", ""):
        shown.add_column(name, justify="right")
    shown.add_column("measured by")
    for one in measured:
        figure, loops = one.figure, one.in_loops
        shown.add_row(
            figure.name,
            f"{figure.value:.3g} {figure.unit}",
            figure.target,
            "" if figure.of_target is None else f"{figure.of_target:.2f}",
            "" if loops is None else f"{loops:.3g}",
            WORDS[figure.met],
            one.by,
        )
    return shown


def write_json(measured: Sequence[Measured], path: Path) -> None:
    """The same figures, one object each."""
    told = [
        {
            **asdict(one.figure),
            "of_target": one.figure.of_target,
            "in_loops": one.in_loops,
            "reached": one.figure.met,
            "by": f"python -m benchmarks {one.by}",
            "calibration_ms": round(one.calibration, 3),
        }
        for one in measured
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"load": os.getloadavg()[0], "cores": os.cpu_count(), "figures": told}
    durable.replace(path, json.dumps(content, indent=1).encode() + b"\n")
