"""What a run keeps of every episode: what happened, what it cost, or why it failed."""

from collections.abc import Mapping, Sequence
from typing import Any

from typing_extensions import TypedDict  # pydantic wants this one before Python 3.12

from experiments.runs.presets import Phase
from graph.training import Failure
from nodes import Principle, Recall, Step, Usage, Verdict
from simulator import QuitCause

SCHEMA = 1


class Record(TypedDict):
    """An episode as it was played; of one that failed, as far as it came."""

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
    cause: QuitCause | None
    error: Failure | None


def rewards(record: Record) -> tuple[float, ...]:
    """The true ratings, that of the last item included."""
    return tuple(step["reward"] for step in record["steps"])


class BatchRecord(TypedDict):
    """How large the memories of a cell were once a batch was committed."""

    phase: Phase
    batch: int
    rows: Mapping[str, int]


RunFile = dict[str, Any]
