"""The record of an episode (a line of episodes.jsonl) and of a batch (a line of batches.jsonl)."""

from collections.abc import Mapping, Sequence

from pydantic import TypeAdapter
from typing_extensions import TypedDict  # pydantic wants this one before Python 3.12

from experiments.runs.presets import Phase
from graph.training import Failure
from nodes import Principle, Recall, Step, Usage, Verdict
from simulator import QuitCause


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
    cause: QuitCause | None
    error: Failure | None


class BatchRecord(TypedDict):
    """The rows in each memory of a cell once a batch was committed."""

    phase: Phase
    batch: int
    rows: Mapping[str, int]


RECORD, BATCH = TypeAdapter(Record), TypeAdapter(BatchRecord)
