"""The memories of a cell: its own, or a copy of what another run has learned."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import durable
from experiments.errors import RunError
from experiments.playing.failures import described
from experiments.runs.cell import Cell, cell_of
from experiments.runs.presets import Phase
from experiments.runs.run_file import read_run, world_facts
from experiments.runs.settings import RunSettings
from experiments.runs.variants import Variant
from graph.training import Failure
from simulator import World
from stores import Embedder, Memories, MemoryFolder, MemoryName
from stores.folder import JOURNAL


def check_learned(settings: RunSettings, world: World) -> None:
    """Refuses a training in another world, an unfinished one, and one whose episodes all failed."""
    if settings.trained is None:
        return
    folder = Path(settings.trained)
    trained = read_run(folder)
    if trained.world != world_facts(world):
        raise RunError(
            f"world {world.name!r} has changed since {folder} trained in it "
            f"(digest {trained.world.digest} -> {world_facts(world).digest}): "
            "train anew, or build that world again"
        )
    batches = -(-settings.train_episodes // settings.batch)
    for variant in settings.variants:
        for seed in settings.seeds:
            cell = cell_of(folder, variant.folder, seed)
            if len(cell.committed("train")) < batches:
                raise RunError(
                    f"{folder} has not trained {variant.name!r} to the end: "
                    "give the command that trains again first"
                )
            _check_not_all_failed(cell, f"{folder}: {variant.name!r}, seed {seed}")


def _check_not_all_failed(cell: Cell, named: str) -> None:
    """Refuses a training in which every episode failed."""
    last: Failure | None = None
    for record in cell.records("train").values():
        last = record["error"]
        if last is None:
            return
    if last is not None:
        raise RunError(
            f"{named} has learned nothing, since every episode of its training failed, the last "
            f"with {described(last)}: train anew into another folder"
        )


@asynccontextmanager
async def memories_of(
    settings: RunSettings, cell: Cell, variant: Variant, phase: Phase, embedder: Embedder
) -> AsyncIterator[Memories | None]:
    """Opens the memories of a phase; None for a variant that learns nothing."""
    if not variant.learns:
        yield None
        return
    if phase != "train":
        _copy_journal(_source_cell(settings, cell).memory("train"), cell.memory(phase))
    loop, thread = asyncio.get_running_loop(), ThreadPoolExecutor(1, "memories")
    memories = await loop.run_in_executor(thread, MemoryFolder, cell.memory(phase), embedder)
    try:
        if phase != "train":
            counts = await loop.run_in_executor(thread, memories.counts)
            _check_not_lost(_source_cell(settings, cell), counts)
        memories.frozen = phase == "frozen"
        yield memories
    finally:  # a file lock must be released by the thread that acquired it
        await loop.run_in_executor(thread, memories.close)
        thread.shutdown(wait=False)


def _check_not_lost(trained: Cell, counts: Mapping[MemoryName, int]) -> None:
    """Refuses memories that were emptied since: the figures alone would not show it."""
    left: Mapping[str, int] = {}
    for batch in trained.batches("train"):
        left = batch["rows"]
    for name, count in counts.items():
        if left.get(name) and not count:
            raise RunError(
                f"{trained.folder} has lost its {name}, of which training left {left[name]}: "
                f"bring {trained.memory('train')} back as it was, or train anew into another folder"
            )


def _source_cell(settings: RunSettings, cell: Cell) -> Cell:
    """The cell whose training an evaluation uses."""
    if settings.trained is None:
        return cell
    return Cell(Path(settings.trained) / "cells" / cell.folder.name)


def _copy_journal(source: Path, folder: Path) -> None:
    """Copies a memory folder by its journal, from which the index is rebuilt."""
    if (folder / JOURNAL).exists() or not (source / JOURNAL).exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    with durable.replacing(folder / JOURNAL) as partial:
        shutil.copyfile(source / JOURNAL, partial)
