"""Plays a run: all its cells through the trainer graph, with shared slots and checkpoints."""

import asyncio
import itertools
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import asynccontextmanager, suppress

from experiments.errors import RunError
from experiments.interrupts import on_interrupt
from experiments.playing.cell_memories import memories_of
from experiments.playing.critic_study import study_critic
from experiments.playing.policy_episodes import play_policy
from experiments.playing.recorded_episodes import RecordedEpisodes
from experiments.playing.run import CellPhase, Run, Saver, checkpoints
from experiments.playing.workers.local import LocalWorkers
from experiments.playing.workers.pool import WorkerPool
from experiments.playing.workers.port import Workers
from experiments.playing.workers.remote_episodes import RemoteEpisodes
from experiments.runs.cell import Cell
from experiments.runs.presets import Phase
from experiments.runs.records import Record
from experiments.runs.settings import RunSettings
from experiments.runs.variants import Variant
from graph.load import load_parts
from graph.trainer import build_trainer
from models import RunStoppedError

GLANCE = 0.2  # seconds between two looks at signals: one can slip past a wait without end
RECURSION_LIMIT = 10_000  # of the trainer graph, which takes a superstep for each batch


def play_until_stopped(
    run: Run, leave: Callable[[], object] | None = None
) -> RunStoppedError | None:
    """Plays the run and its Critic study; returns what stopped it, or None at its end.

    Ctrl-C interrupts the run; a second one calls `leave`.
    """
    settings = run.settings
    phases = [phase for variant in settings.variants for phase in settings.phases(variant)]
    episodes = len(settings.seeds) * sum(map(settings.count, phases))
    try:
        with run.progress.bar(episodes), asyncio.Runner() as runner:
            presses = itertools.count()

            def interrupt() -> None:
                if next(presses) and leave:
                    leave()
                with suppress(RuntimeError):  # the loop has ended
                    runner.get_loop().call_soon_threadsafe(run.interrupt)

            with on_interrupt(interrupt):
                runner.run(_play(run))
    except RunStoppedError as stopped:
        return stopped
    return None


def play_in_thread(run: Run) -> RunStoppedError | None:
    """As `play_until_stopped`, also where an event loop is running already, as in a notebook."""
    end = Future[RunStoppedError | None]()

    def play() -> None:
        try:
            end.set_result(play_until_stopped(run))
        except BaseException as error:  # noqa: BLE001  raised again where the caller waits
            end.set_exception(error)

    threading.Thread(target=play, name="billp-run", daemon=True).start()
    interrupted = False
    while True:
        try:
            if interrupted:
                interrupted = False
                run.interrupt()
            while not end.done():
                wait([end], GLANCE)
            return end.result()
        except KeyboardInterrupt:
            interrupted = True


async def _play(run: Run) -> None:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task
    loop.set_default_executor(ThreadPoolExecutor(2 * run.concurrency + 4))
    run.cancel = lambda: loop.call_soon_threadsafe(task.cancel)
    await play_run(run)
    await study_critic(run)


async def play_run(run: Run) -> None:
    """Plays what has no record yet; a run that was stopped can be continued."""
    kept = run.checkpoints
    async with checkpoints(kept) as saver, _workers(run):
        ends = await _play_cells(run, saver)
    errors = [end for end in ends if end is not None]
    # an error rather than the stop that it caused in other cells
    for error in sorted(errors, key=lambda error: isinstance(error, RunStoppedError)):
        raise error
    for path in kept.parent.glob(f"{kept.name}*"):
        path.unlink()


@asynccontextmanager
async def _workers(run: Run) -> AsyncIterator[None]:
    """Has other processes play the episodes, where more than one is wanted or a cluster is."""
    workers: Workers
    if run.scheduler:
        from experiments.playing.workers.cluster import Cluster

        workers = Cluster(run.scheduler)
    elif run.workers and run.workers > 1:
        workers = LocalWorkers()
    else:
        yield
        return
    run.pool = WorkerPool(workers, run.workers)
    try:
        await run.pool.open()
        yield
    except BaseException:
        run.pool.kill()
        raise
    finally:
        await run.pool.close()
        run.pool = None


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


async def _play_cell(run: Run, saver: Saver, variant: Variant, seed: int) -> None:
    files = run.folder.cell(variant.folder, seed)
    await asyncio.to_thread(files.open)
    for phase in run.settings.phases(variant):
        cell = CellPhase(run.settings, run.world, variant, seed, phase)
        if _finished(run.settings, files, phase):
            for record in files.known_records(phase).values():
                run.on_record(record)
            for _ in range(run.settings.count(phase)):
                run.progress.episode_done(variant.name)
        elif variant.kind == "llm":
            await _play_arm(run, saver, files, cell)
        else:
            records = await asyncio.to_thread(_play_at_once, run, files, cell)
            run.folder.check_lock()
            await asyncio.to_thread(files.replace_all, records)
            for record in records:
                run.on_record(record)
        run.progress.phase_done(cell.label, run.settings.count(phase))


def _play_at_once(run: Run, files: Cell, cell: CellPhase) -> list[Record]:
    """Plays a policy or baseline, which need no chat model; a stop ends a baseline's training."""
    if cell.variant.kind == "policy":
        return play_policy(cell)
    from experiments.playing.baseline_episodes import play_baseline

    return play_baseline(cell, files.folder, lambda _: run.ledger.check())


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


async def _play_arm(run: Run, saver: Saver, files: Cell, cell: CellPhase) -> None:
    context, users, settings = cell.context, cell.users, run.settings
    parts = await asyncio.to_thread(load_parts, context)
    async with memories_of(cell, files, parts.embedder) as memories:
        load = run.loader(cell.variant, memories)
        pool, kept = run.pool, run.checkpoints
        remote = RemoteEpisodes(pool, cell, files, load, kept) if pool else None
        episodes = RecordedEpisodes(run, saver, files, cell, remote)
        trainer = build_trainer(load, episodes.play, episodes.commit, saver)
        await trainer.ainvoke(
            {
                "users": users,
                "batch": settings.batch if cell.phase != "frozen" else len(users),
                "name": cell.name,
                "at": settings.first_stamp(cell.phase),
            },
            {"recursion_limit": RECURSION_LIMIT + 2 * len(users)},
            context=context,
        )
