"""Playing a phase of a cell: each episode once, on its own checkpoints, recorded at its end."""

import asyncio
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver

from experiments.errors import RunError
from experiments.playing.slots import Slots
from experiments.runs.cell import Cell
from experiments.runs.files import OutputError
from experiments.runs.presets import Phase
from experiments.runs.records import BatchRecord, Record
from graph.episode import EpisodeGraph
from graph.trainer import OF_A_SERVER, OF_THE_RUN, failure, given
from graph.training import Assignment, Failure, Played
from models import (
    AccessRefusedError,
    Ledger,
    ModelError,
    QuotaUsedUpError,
    StoppedError,
    UnknownModelError,
)
from nodes import Context, EpisodeState, ending

BEYOND_EPISODES = (*OF_THE_RUN, ModelError, RunError, sqlite3.Error)
NEVER_AGAIN = (AccessRefusedError, QuotaUsedUpError, UnknownModelError)
IN_A_ROW = 10  # failures that are no coincidence: a server that is gone, a key that is refused


class Failures:
    """Ends a run in which one episode after another of a cell fails; other cells may do well."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._rows = Counter[tuple[str, int]]()

    def count(self, cell: tuple[str, int], failed: Failure | None) -> None:
        """An episode of a variant and seed was played to its end, or was not."""
        self._rows[cell] = self._rows[cell] + 1 if failed else 0
        if not failed:
            return
        self._ledger.failed()
        self._ledger.check()
        if self._rows[cell] >= IN_A_ROW:
            name, seed = cell
            raise StoppedError(
                f"{self._rows[cell]} episodes failed one after another, the last with "
                f"{told(failed)}, in {name}, seed {seed}"
            )


@dataclass(frozen=True)
class Shared:
    """What all cells of a run share while they are played."""

    slots: Slots
    saver: BaseCheckpointSaver[str]
    ledger: Ledger
    failures: Failures

    async def end(self, error: Exception) -> Exception:
        """Stops everybody, lets the calls under way finish, and says what went wrong first."""
        if isinstance(error, sqlite3.Error):
            error = OutputError(
                f"checkpoints cannot be kept ({error}): make room, then give the same command again"
            )
        self.ledger.stop(" ".join(str(error).split()))
        self.slots.close(error)
        await self.slots.emptied()
        return self.slots.closed or error


class PhasePlayer:
    """Plays what has not been played yet; gives back what has."""

    def __init__(
        self,
        shared: Shared,
        cell: Cell,
        key: tuple[str, int, Phase],
        users: int,
        advance: Callable[[], None],
    ) -> None:
        variant, seed, phase = key
        self._of = (variant, seed)
        self._shared = shared
        self._cell = cell
        self._key = {"variant": variant, "seed": seed, "phase": phase}
        self._phase = phase
        self._advance = advance
        self._users = users
        self._known = cell.known_records(phase)
        self._committed = cell.committed(phase)
        self._ended = defaultdict[int, list[Failure | None]](list)

    async def play(self, graph: EpisodeGraph, assignment: Assignment, context: Context) -> Played:
        """See `graph.trainer.Play`."""
        record = self._known.get(assignment["episode"])
        if record is None:
            record = await self._play(graph, assignment, context)
        self._advance()
        self._ended[assignment["batch"]].append(record["error"])
        return Played(
            assignment=assignment,
            state=None if record["error"] else state_of(record),
            failure=record["error"],
        )

    def committed(self, batch: int, rows: Mapping[str, int]) -> None:
        """See `graph.trainer.Committed`; a batch of failures alone is left to be tried again."""
        if batch in self._committed:
            return
        if failed := self._lost(batch):
            variant, seed = self._of
            raise StoppedError(
                f"every episode of {variant}, seed {seed}, {self._phase}, batch {batch} failed, "
                f"the last with {told(failed)}"
            )
        if rows:
            self._cell.add_batch(BatchRecord(phase=self._phase, batch=batch, rows=rows))

    def _lost(self, batch: int) -> Failure | None:
        """The last failure of a batch in which nothing else was.

        One that fails by itself is the server's fault only where nothing went well before it:
        else a user whose episode fails every time would end a run with batches of one for good.
        """
        ended = self._ended[batch]
        failures = [failure for failure in ended if failure]
        alone = len(ended) == 1 and any(None in others for others in self._ended.values())
        return failures[-1] if len(failures) == len(ended) and not alone else None

    async def _play(self, graph: EpisodeGraph, assignment: Assignment, context: Context) -> Record:
        try:
            async with self._shared.slots.taken():
                state, wrong = await self._session(graph, assignment, context)
                record = self._record(assignment, state, wrong)
                await asyncio.to_thread(self._cell.add, record)
                await self._shared.saver.adelete_thread(assignment["episode"])
                self._shared.failures.count(self._of, wrong)
        except BEYOND_EPISODES as error:
            raise await self._shared.end(error) from error
        return record

    async def _session(
        self, graph: EpisodeGraph, assignment: Assignment, context: Context
    ) -> tuple[Mapping[str, Any], Failure | None]:
        """The state in which an episode ended, from where it was left; if it failed, also why."""
        config: Any = {"configurable": {"thread_id": assignment["episode"]}}
        begun = await self._shared.saver.aget_tuple(config)
        start = None if begun else given(assignment)
        epoch = assignment["number"] // self._users
        try:
            ended = await graph.ainvoke(
                start, config, context=replace(context, epoch=epoch), durability="sync"
            )
        except NEVER_AGAIN as error:
            raise StoppedError(" ".join(str(error).split())) from error
        except Exception as error:  # whatever a chat model's server may do
            if of_the_run(error):
                raise
            return (await graph.aget_state(config)).values, failure(error)
        return ended, None

    def _record(
        self, assignment: Assignment, state: Mapping[str, Any], failure: Failure | None
    ) -> Record:
        steps = state.get("steps", [])
        record: Any = {
            "id": assignment["episode"],
            **self._key,
            **{name: assignment[name] for name in ("number", "batch", "user")},
            "started": assignment["at"],
            "history": state.get("history", []),
            "steps": steps,
            **{
                name: state.get(name, []) for name in ("verdicts", "recalls", "principles", "usage")
            },
            "reflection": state.get("reflection", ""),
            "cause": steps[-1]["quit"] if steps else None,
            "error": failure,
        }
        return record  # type: ignore[no-any-return]


def told(failure: Failure) -> str:
    """An error that ended an episode, as part of a sentence."""
    return f"{failure['type']} ({failure['message']})"


def of_the_run(error: Exception) -> bool:
    """Whether it is an error that no single episode is to blame for."""
    return isinstance(error, BEYOND_EPISODES) and not isinstance(error, OF_A_SERVER)


def state_of(record: Record) -> EpisodeState:
    """As much of a finished episode's state as its lessons are made from."""
    steps = list(record["steps"])
    return EpisodeState(
        user=record["user"],
        id=record["id"],
        started=record["started"],
        history=list(record["history"]),
        steps=steps,
        verdicts=list(record["verdicts"]),
        recalls=list(record["recalls"]),
        reflection=record["reflection"],
        ending=ending(steps, record["cause"]),
    )
