"""What all cells of a run share while they are played."""

import sqlite3
from dataclasses import dataclass

from langgraph.checkpoint.base import BaseCheckpointSaver

from experiments.playing.failures import CircuitBreaker
from experiments.playing.slots import Slots
from experiments.runs.files import OutputError
from models import Ledger


@dataclass(frozen=True)
class RunResources:
    """The slots for episodes, their checkpoints, and the limits."""

    slots: Slots
    saver: BaseCheckpointSaver[str]
    ledger: Ledger
    breaker: CircuitBreaker

    @classmethod
    def create(
        cls, concurrency: int, saver: BaseCheckpointSaver[str], ledger: Ledger
    ) -> "RunResources":
        """Resources for so many episodes at once."""
        return cls(Slots(concurrency), saver, ledger, CircuitBreaker(ledger))

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
