"""The learning curve of a baseline (training.json)."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from experiments.runs.files import read_json

TRAINING_FILE = "training.json"


@dataclass(frozen=True)
class TrainingCurve:
    """Rounds learned from, and points of rounds and mean session length of training users."""

    data: int
    budget: int
    online: bool
    settings: Mapping[str, Any]
    curve: tuple[tuple[int, float], ...]


CURVE = TypeAdapter(TrainingCurve)


def read_curve(folder: Path) -> TrainingCurve | None:
    """The curve of a cell; None where its variant is no baseline."""
    path = folder / TRAINING_FILE
    if not path.exists():
        return None
    return read_json(path, CURVE, f"delete {folder}, then give the run's command again")
