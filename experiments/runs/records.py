"""What a cell records: episodes (episodes.jsonl), batches (batches.jsonl), a baseline's curve."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import (
    Any,
    NotRequired,  # pydantic wants this one before Python 3.12
)

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from experiments.runs.files import read_json
from experiments.runs.presets import Phase
from graph.training import EpisodeFailure
from nodes import Principle, Recall, ReflectionFields, Step, Usage, Verdict
from simulator import QuitCause

TRAINING_FILE = "training.json"


class Record(TypedDict):
    """An episode as it was played; one that failed ends where its error occurred."""

    id: str
    variant: str
    seed: int
    phase: Phase
    number: int
    batch: int
    user: int
    started: int
    history: Sequence[str]
    steps: Sequence[Step]
    verdicts: Sequence[Verdict]
    recalls: Sequence[Recall]
    principles: Sequence[Principle]
    usage: Sequence[Usage]
    reflection: str
    reflection_fields: NotRequired[ReflectionFields | None]
    cause: QuitCause | None
    error: EpisodeFailure | None


class BatchRecord(TypedDict):
    """The rows in each memory of a cell once a batch was committed."""

    phase: Phase
    batch: int
    rows: Mapping[str, int]


RECORD, BATCH = TypeAdapter(Record), TypeAdapter(BatchRecord)


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
