"""Playing a run: all its cells through the trainer graph, sharing places, calls and checkpoints."""

import asyncio
import contextlib
import signal
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from langgraph.checkpoint.base import BaseCheckpointSaver

from experiments.errors import RunError
from experiments.playing.cell_memories import memories_of
from experiments.playing.phase_player import Failures, PhasePlayer, Shared
from experiments.playing.policy_episodes import evaluation_users, play_policy, training_users
from experiments.playing.progress import Watch
from experiments.playing.slots import Slots
from experiments.runs.cell import Cell
from experiments.runs.presets import Phase
from experiments.runs.records import Record
from experiments.runs.run_folder import RunFolder
from experiments.runs.settings import RunSettings
from experiments.runs.variants import Variant
from graph.checkpoints import Checkpoints
from graph.load import load_parts
from graph.trainer import build_trainer
from models import Ledger, RunStoppedError
from nodes import Context, Parts
from simulator import World

INTERRUPTED = "interrupted"
MANY = 10_000  # steps of a graph: more than its usual limit where there are more batches
Dress = Callable[[Context, Parts], Parts]


@dataclass(frozen=True)
class Run:
    """Everything that playing needs; `dress` puts limits and cache around the chat models."""

    settings: RunSettings
    folder: RunFolder
    world: World
    ledger: Ledger
    dress: Dress
    watch: Watch
    concurrency: int = 8


async def play_run(run: Run) -> None:
    """Plays whatever of the run has not been played; a run that was stopped can go on later."""
    kept = run.folder.folder / "checkpoints.sqlite"
    async with checkpoints(kept) as saver:
        slots, failures = Slots(run.concurrency), Failures(run.ledger)
        ends = await _play_cells(run, Shared(slots, saver, run.ledger, failures))
    _raise_first(ends)
    for path in kept.parent.glob(f"{kept.name}*"):
        path.unlink()


async def _play_cells(run: Run, shared: Shared) -> list[BaseException | None]:
    """A few cells are open at once: while one waits for its batch, others fill the places."""
    open_cells = asyncio.Semaphore(1 + -(-run.concurrency // run.settings.batch))

    async def one(variant: Variant, seed: int) -> None:
        async with open_cells:
            if shared.slots.closed:
                return
            try:
                await _play_cell(run, shared, variant, seed)
            except Exception as error:
                raise await shared.end(error) from error

    cells = [(variant, seed) for variant in run.settings.variants for seed in run.settings.seeds]
    return await asyncio.gather(*(one(*cell) for cell in cells), return_exceptions=True)


def _raise_first(ends: list[BaseException | None]) -> None:
    """What went wrong counts more than that others were stopped for it."""
    wrong = [end for end in ends if end is not None]
    for error in sorted(wrong, key=lambda error: isinstance(error, RunStoppedError)):
        raise error


async def _play_cell(run: Run, shared: Shared, variant: Variant, seed: int) -> None:
    cell = run.folder.cell(variant.folder, seed)
    await asyncio.to_thread(cell.open)
    for phase in run.settings.phases(variant):
        if _finished(run.settings, cell, phase):
            for _ in range(run.settings.count(phase)):
                run.watch.episode(variant.name)
        elif variant.kind == "llm":
            await _play_arm(run, shared, cell, variant, seed, phase)
        else:
            records = await asyncio.to_thread(_play_at_once, run, cell, variant, seed, phase)
            await asyncio.to_thread(cell.replace_all, records)
        run.watch.phase(f"{variant.name}, seed {seed}, {phase}", run.settings.count(phase))


def _play_at_once(run: Run, cell: Cell, variant: Variant, seed: int, phase: Phase) -> list[Record]:
    """What asks no chat model; a baseline learns first, and is stopped as everything else is."""
    if variant.kind == "policy":
        return play_policy(run.settings, variant, seed, phase, run.world)
    from experiments.playing.baseline_episodes import play_baseline

    def told(_: float) -> None:
        run.ledger.check()

    return play_baseline(run.settings, variant, seed, phase, run.world, cell.folder, told)


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
    run: Run, shared: Shared, cell: Cell, variant: Variant, seed: int, phase: Phase
) -> None:
    context = run.settings.context(variant, seed, phase)
    drawn = training_users if phase == "train" else evaluation_users
    users = drawn(run.settings, seed, run.world)
    parts = await asyncio.to_thread(load_parts, context)
    key = variant.name, seed, phase
    player = PhasePlayer(
        shared, cell, key, run.world.users, lambda: run.watch.episode(variant.name)
    )
    async with memories_of(run.settings, cell, variant, phase, parts.embedder) as memories:

        def load(wanted: Context) -> Parts:
            made = load_parts(wanted)
            return run.dress(wanted, replace(made, memories=memories or made.memories))

        trainer = build_trainer(load, player.play, player.committed, shared.saver)
        await trainer.ainvoke(
            {
                "users": users,
                "batch": run.settings.batch if phase != "frozen" else len(users),
                "name": f"{variant.name}/{seed}/{phase}",
                "at": run.settings.first_stamp(phase),
            },
            {"recursion_limit": MANY + 2 * len(users)},
            context=context,
        )


@asynccontextmanager
async def checkpoints(path: Path) -> AsyncIterator[BaseCheckpointSaver[str]]:
    """Checkpoints of the episodes under way; a kill loses none, a power cut the last few."""
    try:
        async with Checkpoints.opened(path, synchronous="NORMAL") as saver:
            yield saver
    except sqlite3.Error as error:
        raise RunError(
            f"{path} cannot be used ({error}): make room, or delete it; then only the episodes "
            "that were under way begin anew"
        ) from error


@contextmanager
def interruptible(run: Run) -> Iterator[None]:
    """The first Ctrl-C lets the calls under way finish, the second does not."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task

    asked = False

    def interrupt() -> None:
        nonlocal asked
        if asked:
            task.cancel()
        else:
            asked = True
            run.ledger.stop(INTERRUPTED)
            run.watch.say("finishing the calls under way; once more to leave at once")

    with contextlib.suppress(NotImplementedError):  # where there are no such signals
        loop.add_signal_handler(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        with contextlib.suppress(NotImplementedError):
            loop.remove_signal_handler(signal.SIGINT)
