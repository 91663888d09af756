"""A cell of a run: one variant under one seed, with its episodes, batches and memories."""

import json
import threading
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

import durable
from experiments.errors import RunError
from experiments.runs.files import append_line, read_lines, write_lines
from experiments.runs.presets import Phase
from experiments.runs.records import BATCH, RECORD, BatchRecord, Record


class Cell:
    """The files of a cell; each is parsed once, and what is added is remembered."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.episodes = folder / "episodes.jsonl"
        self._batch_file = folder / "batches.jsonl"
        self._lock = threading.Lock()

    @cached_property
    def _records(self) -> list[Record]:
        return [record for _, record in read_lines(self.episodes, RECORD)]

    @cached_property
    def _batches(self) -> list[BatchRecord]:
        return [batch for _, batch in read_lines(self._batch_file, BATCH)]

    def open(self) -> None:
        """Makes the folder, and drops what a kill left of an unfinished line."""
        durable.make_folder(self.folder)
        durable.drop_unfinished_line(self.episodes)
        durable.drop_unfinished_line(self._batch_file)

    def add(self, record: Record) -> None:
        """Appends an episode."""
        with self._lock:
            known = self._records  # read before the file holds the new one
            append_line(self.episodes, record)
            known.append(record)

    def replace_all(self, records: Iterable[Record]) -> None:
        """Writes all episodes at once: those of a method that is played in one go."""
        self._records = list(records)
        write_lines(self.episodes, self._records)

    def add_batch(self, batch: BatchRecord) -> None:
        """Appends a committed batch."""
        with self._lock:
            known = self._batches
            append_line(self._batch_file, batch)
            known.append(batch)

    def records(self, phase: Phase) -> dict[str, Record]:
        """The episodes of a phase by id; of those that were played again, the last."""
        return {record["id"]: record for record in self._records if record["phase"] == phase}

    def batches(self, phase: Phase) -> list[BatchRecord]:
        """The batches of a phase that were committed."""
        return [batch for batch in self._batches if batch["phase"] == phase]

    def committed(self, phase: Phase) -> set[int]:
        """The numbers of the batches of a phase that were committed."""
        return {batch["batch"] for batch in self.batches(phase)}

    def known_records(self, phase: Phase) -> dict[str, Record]:
        """The episodes not to be played again: a failure counts once its batch is committed."""
        committed = self.committed(phase)
        return {
            name: record
            for name, record in self.records(phase).items()
            if not record["error"] or record["batch"] in committed
        }

    def memory(self, phase: Phase) -> Path:
        """The folder of its memories; online evaluation continues with a copy."""
        return self.folder / ("online" if phase == "online" else "memory")


def cell_of(run: Path, name: str, seed: int) -> Cell:
    """The cell of a variant's folder name and a seed, in the folder of a run."""
    return Cell(run / "cells" / f"{name}.{seed}")


def read_record(path: Path, offset: int) -> Record:
    """The one record at an offset of a file of episodes."""
    try:
        with path.open("rb") as lines:
            lines.seek(offset)
            return RECORD.validate_python(json.loads(lines.readline()), strict=True)
    except ValueError as error:
        raise RunError(f"{path} has changed while it was read: give the command again") from error
