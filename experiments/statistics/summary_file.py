"""What is made of a run's records: its summary, its tables, its page."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from experiments.errors import RunError
from experiments.runs.files import write_json
from experiments.runs.records import RunFile
from experiments.runs.run_folder import Cell as CellFolder
from experiments.runs.variants import Variant
from experiments.statistics.popularity import popularity_groups
from experiments.statistics.summary import Cell, summarise_run
from simulator import World

SUMMARY = "summary.json"


def write_summary(folder: Path, run: RunFile, world: World) -> dict[str, Any]:
    """Derives `summary.json` from the records; the same records give the same file."""
    critic = folder / "critic.json"
    summary = summarise_run(
        run,
        _cells(folder, run),
        popularity_groups(world),
        _read(critic) if critic.exists() else None,
    )
    write_json(folder / SUMMARY, summary)
    return summary


def read_summary(folder: Path) -> dict[str, Any]:
    """A run's summary."""
    try:
        return _read(folder / SUMMARY)
    except FileNotFoundError as error:
        raise RunError(
            f"{folder} has no {SUMMARY} yet: give the run's command again to finish it"
        ) from error


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
        if not isinstance(content, dict):
            raise ValueError("not an object")
    except ValueError as error:
        raise RunError(f"{path} is damaged: delete it and give the run's command again") from error
    return content


def _cells(folder: Path, run: RunFile) -> Iterator[Cell]:
    for described in run["settings"]["variants"]:
        variant = Variant(**described)
        for seed in run["settings"]["seeds"]:
            cell = CellFolder(folder / "cells" / f"{variant.folder}.{seed}")
            yield Cell(variant.name, seed, cell.records(), cell.batches(), cell.curve())
