"""A run while it is played: what its cells share, and how it is stopped."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver

from experiments.errors import RunError
from experiments.playing.failures import CircuitBreaker
from experiments.playing.workers.pool import WorkerPool
from experiments.runs.files import OutputError
from experiments.runs.presets import Phase
from experiments.runs.records import Record
from experiments.runs.run_folder import RunFolder
from experiments.runs.settings import RunSettings
from experiments.runs.variants import Variant
from experiments.terminal import ProgressDisplay
from graph.checkpoints import GroupCommitSaver
from graph.damage import DamagedCheckpointsError, check_whole
from graph.load import load_parts
from graph.trainer import draw_users
from graph.training import Assignment, EpisodeFailure
from models import Ledger, RunStoppedError
from nodes import Context, Parts
from simulator import World, load_world
from simulator.text import plural
from stores import Memories

Saver = BaseCheckpointSaver[str]
WrapParts = Callable[[Context, Parts], Parts]
INTERRUPTED = "interrupted"


def users_of(settings: RunSettings, phase: Phase, seed: int, world: World) -> list[int]:
    """The users of a phase: the same for every variant, so that sessions can be paired.

    Evaluation meets those at the front of a seeded order, training those at its end: they are
    disjoint (`check_size`), and neither changes when the other has more episodes.
    """
    count = settings.count(phase)
    if phase != "train":
        return draw_users(world.users, count, [seed, 1])
    if settings.users == "any":
        return draw_users(world.users, count, [seed, 0])
    return draw_users(world.users, world.users, [seed, 1])[::-1][:count]


@dataclass(frozen=True)
class CellPhase:
    """A phase of a cell: one variant under one seed in the world of the run."""

    settings: RunSettings
    world: World
    variant: Variant
    seed: int
    phase: Phase

    @property
    def context(self) -> Context:
        """The settings of its episodes."""
        return self.settings.context(self.variant, self.seed, self.phase)

    @property
    def users(self) -> list[int]:
        """Whom its episodes meet, in order."""
        arm = self.variant.arm
        if self.phase == "train" and arm and arm.trained_in:
            count = self.settings.train_episodes
            return draw_users(load_world(arm.trained_in).users, count, [self.seed, 0])
        return users_of(self.settings, self.phase, self.seed, self.world)

    @property
    def name(self) -> str:
        """Begins the ids of its episodes."""
        return f"{self.variant.name}/{self.seed}/{self.phase}"

    @property
    def label(self) -> str:
        """Its name in messages."""
        return f"{self.variant.name}, seed {self.seed}, {self.phase}"

    def record(
        self, assignment: Assignment, state: Mapping[str, Any], failure: EpisodeFailure | None
    ) -> Record:
        """The record of an episode; what its state lacks is empty."""
        steps = state.get("steps", [])
        return Record(
            id=assignment["episode"],
            variant=self.variant.name,
            seed=self.seed,
            phase=self.phase,
            number=assignment["number"],
            batch=assignment["batch"],
            user=assignment["user"],
            started=assignment["at"],
            history=state.get("history", []),
            steps=steps,
            verdicts=state.get("verdicts", []),
            recalls=state.get("recalls", []),
            principles=state.get("principles", []),
            usage=state.get("usage", []),
            reflection=state.get("reflection", ""),
            reflection_fields=state.get("reflection_fields"),
            cause=steps[-1]["quit"] if steps else None,
            error=failure,
        )


class Slots:
    """A semaphore, first come first served, that can be closed and drained."""

    def __init__(self, count: int) -> None:
        self.closed: Exception | None = None
        self._free = asyncio.Semaphore(count)
        self._drained = asyncio.Event()
        self._drained.set()
        self.taken = 0

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Holds a slot; raises the error that the slots were closed with."""
        async with self._free:
            if self.closed:
                raise self.closed
            self.taken += 1
            self._drained.clear()
            try:
                yield
            finally:
                self.taken -= 1
                if not self.taken:
                    self._drained.set()

    def close(self, error: Exception) -> None:
        """Gives out no more slots; the first error is kept, but replaces a mere stop."""
        stopped = isinstance(self.closed, RunStoppedError)
        if self.closed is None or (stopped and not isinstance(error, RunStoppedError)):
            self.closed = error

    async def drained(self) -> None:
        """Waits until no slot is held, so that no call in flight is lost."""
        await self._drained.wait()


@dataclass(eq=False)
class Run:
    """What playing needs; `wrap` puts limits and the reply cache around the chat models.

    `on_record` is told every episode of the run, also those that an earlier sitting played.
    """

    settings: RunSettings
    folder: RunFolder
    world: World
    ledger: Ledger
    wrap: WrapParts
    progress: ProgressDisplay
    concurrency: int = 8
    on_record: Callable[[Record], None] = lambda _: None
    workers: int | None = None
    scheduler: str | None = None

    def __post_init__(self) -> None:
        self.checkpoints = self.folder.folder / "checkpoints.sqlite"
        self.pool: WorkerPool | None = None
        self.slots = Slots(self.concurrency)
        self.breaker = CircuitBreaker(self.ledger)
        self.interrupted = False
        self.cancel: Callable[[], object] = lambda: None

    def loader(self, variant: Variant, memories: Memories | None) -> Callable[[Context], Parts]:
        """Loads an episode's parts, with the variant's arm and the memories of its cell."""

        def load(context: Context) -> Parts:
            parts = load_parts(context)
            own = replace(parts, arm=variant.arm or parts.arm, memories=memories or parts.memories)
            return self.wrap(context, own)

        return load

    def interrupt(self) -> None:
        """Lets the calls in flight finish the first time, and cancels them the second time."""
        if self.interrupted:
            self.cancel()
            return
        self.interrupted = True
        self.ledger.stop(INTERRUPTED)
        sessions = plural(self.slots.taken, "session")
        self.progress.message(f"finishing the calls of {sessions}; press Ctrl-C again to stop now")

    async def stop(self, error: Exception) -> Exception:
        """Starts no further episode or call, waits for those in flight, returns the root cause."""
        if isinstance(error, sqlite3.Error) and not isinstance(error, DamagedCheckpointsError):
            error = OutputError(
                f"checkpoints cannot be kept ({error}): make room, then give the same command again"
            )
        self.ledger.stop(" ".join(str(error).split()))
        self.slots.close(error)
        await self.slots.drained()
        return self.slots.closed or error


@asynccontextmanager
async def checkpoints(path: Path) -> AsyncIterator[Saver]:
    """Opens the checkpoints of episodes in flight; a power cut may lose the last few."""
    try:
        await asyncio.to_thread(check_whole, path)
        async with GroupCommitSaver.open(path, synchronous="NORMAL") as saver:
            yield saver
    except DamagedCheckpointsError:
        raise
    except sqlite3.Error as error:
        raise RunError(
            f"{path} cannot be used ({error}): make room, or delete it; then only the episodes "
            "that were under way begin anew"
        ) from error
