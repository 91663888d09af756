"""A run while it is played: what its cells share, and how it is stopped."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace

from langgraph.checkpoint.base import BaseCheckpointSaver

from experiments.playing.failures import CircuitBreaker
from experiments.playing.progress import ProgressDisplay
from experiments.playing.slots import Slots
from experiments.runs.files import OutputError
from experiments.runs.run_folder import RunFolder
from experiments.runs.settings import RunSettings
from graph.load import load_parts
from models import Ledger
from nodes import Context, Parts
from simulator import World
from stores import Memories

Saver = BaseCheckpointSaver[str]
Dress = Callable[[Context, Parts], Parts]


@dataclass(eq=False)
class Run:
    """What playing needs; `dress` puts limits and the reply cache around the chat models."""

    settings: RunSettings
    folder: RunFolder
    world: World
    ledger: Ledger
    dress: Dress
    progress: ProgressDisplay
    concurrency: int = 8

    def __post_init__(self) -> None:
        self.slots = Slots(self.concurrency)
        self.breaker = CircuitBreaker(self.ledger)

    def loader(self, memories: Memories | None) -> Callable[[Context], Parts]:
        """Loads an episode's parts, with these memories where a cell has its own."""

        def load(context: Context) -> Parts:
            parts = load_parts(context)
            return self.dress(context, replace(parts, memories=memories or parts.memories))

        return load

    async def stop(self, error: Exception) -> Exception:
        """Starts no further episode or call, waits for those in flight, returns the root cause."""
        if isinstance(error, sqlite3.Error):
            error = OutputError(
                f"checkpoints cannot be kept ({error}): make room, then give the same command again"
            )
        self.ledger.stop(" ".join(str(error).split()))
        self.slots.close(error)
        await self.slots.drained()
        return self.slots.closed or error
