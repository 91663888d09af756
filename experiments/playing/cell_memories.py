"""The memories of a cell: its own, or a copy of what another run has learned."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import durable
from experiments.errors import RunError
from experiments.playing.failures import described
from experiments.playing.run import CellPhase
from experiments.runs.cell import Cell, cell_of
from experiments.runs.run_file import read_run, world_facts
from experiments.runs.settings import RunSettings
from experiments.runs.variants import folder_name
from simulator import World
from stores import Embedder, Memories, MemoryFolder, MemoryName
from stores.commit_record import RECORD
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
    for variant in filter(lambda one: one.learns, settings.variants):
        name = variant.memory_of or variant.name
        for seed in settings.seeds:
            cell = cell_of(folder, folder_name(name), seed)
            if len(cell.committed("train")) < batches:
                raise RunError(
                    f"{folder} has not trained {name!r} to the end: "
                    "give the command that trains again first"
                )
            failures = [record["error"] for record in cell.records("train").values()]
            if failures and None not in failures and (last := failures[-1]):
                raise RunError(
                    f"{folder}: {name!r}, seed {seed} has learned nothing, since every "
                    f"episode of its training failed, the last with {described(last)}: train anew "
                    "into another folder"
                )


@asynccontextmanager
async def memories_of(
    cell: CellPhase, files: Cell, embedder: Embedder
) -> AsyncIterator[Memories | None]:
    """Opens the memories of a phase; None for a variant that learns nothing."""
    if not cell.variant.learns:
        yield None
        return
    place, trained = files.memory(cell.phase), _trained_cell(cell, files)
    if cell.phase != "train":
        _copy_journal(trained.memory("train"), place)
    loop, thread = asyncio.get_running_loop(), ThreadPoolExecutor(1, "memories")
    open_ = partial(MemoryFolder, place, embedder, capacity=cell.settings.memory_capacity)
    memories = await loop.run_in_executor(thread, open_)
    try:
        if cell.phase != "train":
            counts = await loop.run_in_executor(thread, memories.counts)
            _check_not_lost(trained, counts)
        memories.frozen = cell.phase == "frozen"
        yield memories
    finally:  # a file lock must be released by the thread that acquired it
        await loop.run_in_executor(thread, memories.close)
        thread.shutdown(wait=False)


def _check_not_lost(trained: Cell, counts: Mapping[MemoryName, int]) -> None:
    """Refuses memories that were emptied since: the figures alone would not show it."""
    batches = trained.batches("train")
    left: Mapping[str, int] = batches[-1]["rows"] if batches else {}
    for name, count in counts.items():
        if left.get(name) and not count:
            raise RunError(
                f"{trained.folder} has lost its {name}, of which training left {left[name]}: "
                f"bring {trained.memory('train')} back as it was, or train anew into another folder"
            )


def _trained_cell(cell: CellPhase, files: Cell) -> Cell:
    """The cell whose training an evaluation uses."""
    if cell.settings.trained is None:
        return files
    name = folder_name(cell.variant.memory_of or cell.variant.name)
    return cell_of(Path(cell.settings.trained), name, cell.seed)


def _copy_journal(source: Path, folder: Path) -> None:
    """Copies a memory folder by its journal, from which the index is rebuilt."""
    if (folder / JOURNAL).exists() or not (source / JOURNAL).exists():
        return
    durable.make_folder(folder)
    for name in (RECORD, JOURNAL):  # the record first: it tells whether the journal is whole
        if (source / name).exists():
            with durable.replacing(folder / name) as partial:
                shutil.copyfile(source / name, partial)
