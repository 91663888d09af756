"""The memories of a cell: its own, or begun with what another run has learned."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import durable
from experiments.errors import RunError
from experiments.playing.phase_player import told
from experiments.runs.presets import Phase
from experiments.runs.run_folder import Cell, read_run
from experiments.runs.settings import RunSettings, world_facts
from experiments.runs.variants import Variant
from graph.training import Failure
from simulator import World
from stores import Embedder, Memories, MemoryFolder, MemoryName
from stores.folder import JOURNAL


def check_learned(settings: RunSettings, world: World) -> None:
    """Refuses to evaluate what was learned in another world, not to the end, or from nothing."""
    if settings.trained is None:
        return
    folder = Path(settings.trained)
    trained = read_run(folder)
    if trained["world"] != world_facts(world):
        raise RunError(
            f"world {world.name!r} has changed since {folder} trained in it "
            f"(digest {trained['world'].get('digest')} -> {world_facts(world)['digest']}): "
            "train anew, or build that world again"
        )
    batches = -(-settings.train_episodes // settings.batch)
    for variant in settings.variants:
        for seed in settings.seeds:
            cell = Cell(folder / "cells" / f"{variant.folder}.{seed}")
            if len(cell.committed("train")) < batches:
                raise RunError(
                    f"{folder} has not trained {variant.name!r} to the end: "
                    "give the command that trains again first"
                )
            _check_taught(cell, f"{folder}: {variant.name!r}, seed {seed}")


def _check_taught(cell: Cell, named: str) -> None:
    """Refuses a training in which nothing but errors was."""
    last: Failure | None = None
    for record in cell.records():
        if record["phase"] == "train":
            last = record["error"]
            if last is None:
                return
    if last is not None:
        raise RunError(
            f"{named} has learned nothing, since every episode of its training failed, the last "
            f"with {told(last)}: train anew into another folder"
        )


@asynccontextmanager
async def memories_of(
    settings: RunSettings, cell: Cell, variant: Variant, phase: Phase, embedder: Embedder
) -> AsyncIterator[Memories | None]:
    """The memories of a phase, where the variant has any."""
    if not variant.learns:
        yield None
        return
    if phase != "train":
        _inherit(_trained(settings, cell).memory("train"), cell.memory(phase))
    loop, keeper = asyncio.get_running_loop(), ThreadPoolExecutor(1, "memories")
    memories = await loop.run_in_executor(keeper, MemoryFolder, cell.memory(phase), embedder)
    try:
        if phase != "train":
            counts = await loop.run_in_executor(keeper, memories.counts)
            _check_kept(_trained(settings, cell), counts)
        memories.frozen = phase == "frozen"
        yield memories
    finally:  # by the thread that opened them: a lock is let go of by who took it
        await loop.run_in_executor(keeper, memories.close)
        keeper.shutdown(wait=False)


def _check_kept(trained: Cell, counts: Mapping[MemoryName, int]) -> None:
    """Refuses memories that have lost all they learned, which no figure would show."""
    left: Mapping[str, int] = {}
    for batch in trained.batches():
        if batch["phase"] == "train":
            left = batch["rows"]
    for name, count in counts.items():
        if left.get(name) and not count:
            raise RunError(
                f"{trained.folder} has lost its {name}, of which training left {left[name]}: "
                f"bring {trained.memory('train')} back as it was, or train anew into another folder"
            )


def _trained(settings: RunSettings, cell: Cell) -> Cell:
    """Where an evaluation's memories come from."""
    if settings.trained is None:
        return cell
    return Cell(Path(settings.trained) / "cells" / cell.folder.name)


def _inherit(source: Path, folder: Path) -> None:
    """Begins memories with what others hold; the index is made anew from the journal."""
    if (folder / JOURNAL).exists() or not (source / JOURNAL).exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    with durable.replacing(folder / JOURNAL) as partial:
        shutil.copyfile(source / JOURNAL, partial)
