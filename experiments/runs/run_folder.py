"""A run's folder: what was asked for, a record of every episode, memories, and a lock."""

import json
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, NotRequired, cast

from filelock import FileLock, Timeout
from pydantic import TypeAdapter
from typing_extensions import TypedDict

from experiments.errors import RunError
from experiments.runs.files import OutputError, write_json, write_lines
from experiments.runs.jsonl import append_line, drop_unfinished, read_lines
from experiments.runs.presets import Phase
from experiments.runs.records import SCHEMA, BatchRecord, Record, RunFile
from experiments.runs.settings import RunSettings
from experiments.runs.settings_diff import changed

CURVE = "training.json"
RUN, LOCK = "run.json", "lock"
BEFORE_A_RUN = {LOCK, f"{RUN}.partial"}


class Curve(TypedDict):
    """What a baseline learned from, and how long training users stayed on the way."""

    data: int
    budget: int
    online: bool
    settings: Mapping[str, Any]
    curve: list[list[float]]


class World(TypedDict):
    """What tells one world from another."""

    name: str
    digest: str


class Run(TypedDict):
    """What is written into run.json, as far as it is read again."""

    schema: int
    preset: str
    settings: RunSettings
    world: World
    prices: Mapping[str, Mapping[str, float] | None]
    models: NotRequired[Mapping[str, Mapping[str, str]]]


RECORD, BATCH = TypeAdapter(Record), TypeAdapter(BatchRecord)
CURVE_FORM, RUN_FORM = TypeAdapter(Curve), TypeAdapter(Run)


class Cell:
    """What a variant with one seed has played so far."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._writing = threading.Lock()
        self._episodes, self._batches = folder / "episodes.jsonl", folder / "batches.jsonl"

    def open(self) -> None:
        """Makes the folder, and cuts off what a kill left of a line."""
        self.folder.mkdir(parents=True, exist_ok=True)
        drop_unfinished(self._episodes)
        drop_unfinished(self._batches)

    def keep(self, record: Record) -> None:
        """Writes an episode down for good."""
        with self._writing:
            append_line(self._episodes, record)

    def keep_all(self, records: Iterable[Record]) -> None:
        """Writes many down at once, in place of what there was: of a method played in one go."""
        write_lines(self._episodes, records)

    def keep_batch(self, batch: BatchRecord) -> None:
        """Writes down how large the memories were after a batch."""
        with self._writing:
            append_line(self._batches, batch)

    def records(self) -> Iterator[Record]:
        """Every episode kept, in the order in which they ended."""
        return cast(Iterator[Record], read_lines(self._episodes, form=RECORD))

    def batches(self) -> Iterator[BatchRecord]:
        """Every batch committed."""
        return cast(Iterator[BatchRecord], read_lines(self._batches, form=BATCH))

    def committed(self, phase: Phase) -> set[int]:
        """Which batches of a phase are in its memories for good."""
        return {batch["batch"] for batch in self.batches() if batch["phase"] == phase}

    def curve(self) -> dict[str, Any] | None:
        """What a baseline learned from, where this is one."""
        path = self.folder / CURVE
        if not path.exists():
            return None
        try:
            content = json.loads(path.read_bytes())
            CURVE_FORM.validate_python(content, strict=True)
        except (ValueError, RecursionError) as error:
            raise RunError(
                f"{path} is damaged: delete {self.folder}, then give the run's command again"
            ) from error
        return cast(dict[str, Any], content)

    def memory(self, phase: Phase) -> Path:
        """Where its memories are; online evaluation goes on with a copy."""
        return self.folder / ("online" if phase == "online" else "memory")


class RunFolder:
    """One process at a time; the same command goes on where the last one was stopped."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        _check_free(folder)
        self._lock = self._claim()

    def begin(self, run: RunFile) -> RunFile:
        """Writes down what is asked for, or checks that it is what was asked for before.

        Prices are those of the last sitting, for one that was unknown may have become known; of
        models that this sitting does not ask they are kept.
        """
        path = self.folder / RUN
        if not path.exists():
            write_json(path, run)
            return run
        before = read_run(self.folder)
        now = json.loads(json.dumps(run))  # as it reads back: tuples are lists there
        differences = changed(before, now)
        if differences:
            raise RunError(
                f"{self.folder} was begun with other settings: {'; '.join(differences)}; "
                "name a new folder with --out, or ask for the same again"
            )
        known = {**before["prices"], **now["prices"]}
        whole = {**before, "models": now["models"], "prices": known}
        if whole != before:
            write_json(path, whole)
        return whole

    def cell(self, name: str, seed: int) -> Cell:
        """What a variant with this seed has played."""
        return Cell(self.folder / "cells" / f"{name}.{seed}")

    def close(self) -> None:
        """Lets other processes in."""
        self._lock.release()

    def _claim(self) -> FileLock:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.folder / LOCK, timeout=0, thread_local=False)
            lock.acquire()
        except Timeout as error:
            raise RunError(
                f"run folder {self.folder} is in use by another process: wait for it, "
                "or name another folder with --out"
            ) from error
        except OSError as error:
            raise OutputError(
                f"cannot write to {self.folder} ({error.strerror}): name another folder with --out"
            ) from error
        return lock


def read_run(folder: Path) -> RunFile:
    """What a run was asked for."""
    path = folder / RUN
    try:
        run = json.loads(path.read_bytes())
        schema = run["schema"]
    except FileNotFoundError as error:
        raise RunError(f"{folder} is not a run's folder: it has no run.json") from error
    except OSError as error:
        raise RunError(f"{path} cannot be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise RunError(f"{path} is damaged: name a new folder with --out") from error
    if type(schema) is not int or schema != SCHEMA:
        raise RunError(
            f"{path} has schema {schema!r}, this version reads {SCHEMA}: "
            "name a new folder, or use the version of billp that wrote it"
        )
    return {**run, "settings": _settings(path, run)}


def _settings(path: Path, run: RunFile) -> dict[str, Any]:
    """The settings as they were written, every one of its type."""
    try:
        read = RUN_FORM.validate_json(json.dumps(run), strict=True)["settings"]
    except ValueError as error:
        raise RunError(f"{path} is damaged: name a new folder with --out") from error
    return {**run["settings"], **json.loads(json.dumps(asdict(read)))}


def _check_free(folder: Path) -> None:
    """Refuses a folder that is there for something else, before anything is written to it."""
    if not folder.is_dir() or (folder / RUN).exists():
        return
    if any(entry.name not in BEFORE_A_RUN for entry in folder.iterdir()):
        raise RunError(f"{folder} holds other files: name a new folder with --out")
