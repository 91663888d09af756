"""The episodes of a phase of a cell: each is played once, on its own checkpoints, and recorded."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from experiments.playing.failures import ENDS_RUN, PERMANENT_ERRORS, described, stops_run
from experiments.playing.run import CellPhase, Run, Saver
from experiments.playing.session import play_on, state_so_far
from experiments.playing.workers.remote_episodes import ChatCallError, RemoteEpisodes
from experiments.runs.cell import Cell
from experiments.runs.records import BatchRecord, Record
from graph.episode import EpisodeGraph
from graph.training import Assignment, EpisodeFailure, Played, episode_failure
from models import StoppedError
from nodes import Context, EpisodeState, ending


class RecordedEpisodes:
    """Plays episodes that have no record yet; others are read from their records."""

    def __init__(
        self,
        run: Run,
        saver: Saver,
        files: Cell,
        cell: CellPhase,
        remote: RemoteEpisodes | None = None,
    ) -> None:
        self._run = run
        self._saver = saver
        self._files = files
        self._cell = cell
        self._remote = remote
        self._records = files.known_records(cell.phase)
        self._committed = files.committed(cell.phase)
        self._ended = defaultdict[int, list[EpisodeFailure | None]](list)

    async def play(self, graph: EpisodeGraph, assignment: Assignment, context: Context) -> Played:
        """See `graph.trainer.Play`."""
        record = self._records.get(assignment["episode"])
        if record is None:
            record = await self._play(graph, assignment, context)
        self._run.on_record(record)
        self._run.progress.episode_done(self._cell.variant.name)
        self._ended[assignment["batch"]].append(record["error"])
        return Played(
            assignment=assignment,
            state=None if record["error"] else state_from_record(record),
            failure=record["error"],
        )

    def commit(self, batch: int, rows: Mapping[str, int]) -> None:
        """See `graph.trainer.OnCommit`; a batch that failed as a whole can be played again."""
        if batch in self._committed:
            return
        ended = self._ended[batch]
        failures = [failure for failure in ended if failure]
        # a batch of one is exempt once any episode has succeeded: otherwise one user whose
        # episode fails every time would stop the run for good
        exempt = len(ended) == 1 and any(None in others for others in self._ended.values())
        if failures and len(failures) == len(ended) and not exempt:
            raise StoppedError(
                f"every episode of {self._cell.label}, batch {batch} failed, the last with "
                f"{described(failures[-1])}"
            )
        if rows:
            self._files.add_batch(BatchRecord(phase=self._cell.phase, batch=batch, rows=rows))

    async def _play(self, graph: EpisodeGraph, assignment: Assignment, context: Context) -> Record:
        try:
            async with self._run.slots.slot():
                state, failed = await self._session(graph, assignment, context)
                record = self._cell.record(assignment, state, failed)
                self._run.folder.check_lock()
                await asyncio.to_thread(self._files.add, record)
                await self._saver.adelete_thread(assignment["episode"])
                self._run.breaker.record((self._cell.variant.name, self._cell.seed), failed)
        except ENDS_RUN as error:
            raise await self._run.stop(error) from error
        return record

    async def _session(
        self, graph: EpisodeGraph, assignment: Assignment, context: Context
    ) -> tuple[Mapping[str, Any], EpisodeFailure | None]:
        """Plays on from the last checkpoint; returns the last state, and the failure if any."""
        context = replace(context, epoch=assignment["number"] // self._run.world.users)
        try:
            if self._remote:
                return await self._remote.play(assignment, context)
            return await play_on(graph, self._saver, assignment, context), None
        except ChatCallError as failed:
            return failed.state, _failure(failed.error)
        except Exception as error:  # noqa: BLE001  whatever a chat model's server may do
            failure = _failure(error)
            return await state_so_far(graph, assignment), failure


def _failure(error: Exception) -> EpisodeFailure:
    """The failure of an episode; an error that concerns more than that is raised again."""
    if isinstance(error, PERMANENT_ERRORS):
        raise StoppedError(" ".join(str(error).split())) from error
    if stops_run(error):
        raise error
    return episode_failure(error)


def state_from_record(record: Record) -> EpisodeState:
    """The part of a finished episode's state that its lessons are made from."""
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
        reflection_fields=record.get("reflection_fields"),
        ending=ending(steps, record["cause"]),
    )
