"""Plays a run: all its cells through the trainer graph, with shared slots and checkpoints."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from experiments.errors import RunError
from experiments.playing.cell_memories import memories_of
from experiments.playing.policy_episodes import evaluation_users, play_policy, training_users
from experiments.playing.recorded_episodes import RecordedEpisodes
from experiments.playing.run import Run, Saver
from experiments.runs.cell import Cell
from experiments.runs.presets import Phase
from experiments.runs.records import Record
from experiments.runs.settings import RunSettings
from experiments.runs.variants import Variant
from graph.checkpoints import GroupCommitSaver
from graph.load import load_parts
from graph.trainer import build_trainer
from models import RunStoppedError

RECURSION_LIMIT = 10_000  # of the trainer graph, which takes a superstep for each batch


async def play_run(run: Run) -> None:
    """Plays what has no record yet; a run that was stopped can be continued."""
    kept = run.folder.folder / "checkpoints.sqlite"
    async with checkpoints(kept) as saver:
        ends = await _play_cells(run, saver)
    _raise_cause(ends)
    for path in kept.parent.glob(f"{kept.name}*"):
        path.unlink()


async def _play_cells(run: Run, saver: Saver) -> list[BaseException | None]:
    """Plays several cells at once: while one waits for its batch to end, others use the slots."""
    open_cells = asyncio.Semaphore(1 + -(-run.concurrency // run.settings.batch))

    async def one(variant: Variant, seed: int) -> None:
        async with open_cells:
            if run.slots.closed:
                return
            try:
                await _play_cell(run, saver, variant, seed)
            except Exception as error:
                raise await run.stop(error) from error

    cells = [(variant, seed) for variant in run.settings.variants for seed in run.settings.seeds]
    return await asyncio.gather(*(one(*cell) for cell in cells), return_exceptions=True)


def _raise_cause(ends: list[BaseException | None]) -> None:
    """Raises an error rather than the stop that it caused in other cells."""
    wrong = [end for end in ends if end is not None]
    for error in sorted(wrong, key=lambda error: isinstance(error, RunStoppedError)):
        raise error


async def _play_cell(run: Run, saver: Saver, variant: Variant, seed: int) -> None:
    cell = run.folder.cell(variant.folder, seed)
    await asyncio.to_thread(cell.open)
    for phase in run.settings.phases(variant):
        if _finished(run.settings, cell, phase):
            for _ in range(run.settings.count(phase)):
                run.progress.episode_done(variant.name)
        elif variant.kind == "llm":
            await _play_arm(run, saver, cell, variant, seed, phase)
        else:
            records = await asyncio.to_thread(_play_at_once, run, cell, variant, seed, phase)
            await asyncio.to_thread(cell.replace_all, records)
        run.progress.phase_done(f"{variant.name}, seed {seed}, {phase}", run.settings.count(phase))


def _play_at_once(run: Run, cell: Cell, variant: Variant, seed: int, phase: Phase) -> list[Record]:
    """Plays a policy or baseline, which need no chat model; a stop ends a baseline's training."""
    if variant.kind == "policy":
        return play_policy(run.settings, variant, seed, phase, run.world)
    from experiments.playing.baseline_episodes import play_baseline

    return play_baseline(
        run.settings, variant, seed, phase, run.world, cell.folder, lambda _: run.ledger.check()
    )


def _finished(settings: RunSettings, cell: Cell, phase: Phase) -> bool:
    count, known = settings.count(phase), cell.known_records(phase)
    if phase == "frozen":
        return len(known) >= count
    committed = cell.committed(phase)
    numbers = {record["number"] for record in known.values()}
    for number in range(count):
        if number not in numbers and number // settings.batch + 1 in committed:
            raise RunError(
                f"{cell.folder} has lost the record of {phase} episode {number}, which its "
                "memories learned from: bring episodes.jsonl back as it was, or delete that folder "
                "to play it anew; then give the same command again"
            )
    return len(committed) >= -(-count // settings.batch)


async def _play_arm(
    run: Run, saver: Saver, cell: Cell, variant: Variant, seed: int, phase: Phase
) -> None:
    context = run.settings.context(variant, seed, phase)
    drawn = training_users if phase == "train" else evaluation_users
    users = drawn(run.settings, seed, run.world)
    parts = await asyncio.to_thread(load_parts, context)
    episodes = RecordedEpisodes(run, saver, cell, variant.name, seed, phase)
    async with memories_of(run.settings, cell, variant, phase, parts.embedder) as memories:
        trainer = build_trainer(run.loader(memories), episodes.play, episodes.commit, saver)
        await trainer.ainvoke(
            {
                "users": users,
                "batch": run.settings.batch if phase != "frozen" else len(users),
                "name": f"{variant.name}/{seed}/{phase}",
                "at": run.settings.first_stamp(phase),
            },
            {"recursion_limit": RECURSION_LIMIT + 2 * len(users)},
            context=context,
        )


@asynccontextmanager
async def checkpoints(path: Path) -> AsyncIterator[Saver]:
    """Opens the checkpoints of episodes in flight; a power cut may lose the last few."""
    try:
        async with GroupCommitSaver.open(path, synchronous="NORMAL") as saver:
            yield saver
    except sqlite3.Error as error:
        raise RunError(
            f"{path} cannot be used ({error}): make room, or delete it; then only the episodes "
            "that were under way begin anew"
        ) from error
