"""The episodes of a phase of a cell, as workers play them."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from experiments.playing.run import CellPhase
from experiments.playing.workers.messages import MemoryCopy, Play, Stage, vector_of
from experiments.playing.workers.pool import WorkerPool
from experiments.runs.cell import Cell
from experiments.runs.run_file import world_facts
from graph.load import Load, PartsCache
from graph.training import Assignment, EpisodeFailure
from nodes import Context, Parts
from stores import SentenceEmbedder


class ChatCallError(Exception):
    """A chat call ended an episode: with which error, and in which state."""

    def __init__(self, state: Mapping[str, Any], error: Exception) -> None:
        super().__init__(str(error))
        self.state = state
        self.error = error


class RemoteEpisodes:
    """Describes each episode to a worker, and makes its chat calls here."""

    def __init__(
        self, pool: WorkerPool, cell: CellPhase, files: Cell, load: Load, checkpoints: Path
    ) -> None:
        self._pool = pool
        self._cell = cell
        self._memory = files.memory(cell.phase).resolve() if cell.variant.learns else None
        self._parts = PartsCache(load)
        self._checkpoints = str(checkpoints.resolve()) if pool.shares_disk else None
        self._digest: str | None = None

    async def play(
        self, assignment: Assignment, context: Context
    ) -> tuple[Mapping[str, Any], EpisodeFailure | None]:
        """The last state, and the failure if any; a failed chat call is raised with the state."""
        parts = await self._parts.get(context)
        stage = await self._stage(parts, context, assignment["batch"])
        ended, error = await self._pool.play(Play(stage, assignment, context.epoch), parts.chat)
        if error:
            raise ChatCallError(ended.state, error)
        if isinstance(parts.embedder, SentenceEmbedder):
            known = {text: vector_of(sent) for text, sent in ended.vectors.items()}
            parts.embedder.remember(known)
        return ended.state, ended.failure

    async def _stage(self, parts: Parts, context: Context, batch: int) -> Stage:
        """The same for all episodes of a batch, which read one state of the memories."""
        if self._digest is None:
            self._digest = (await asyncio.to_thread(world_facts, parts.world)).digest
        return Stage(
            context=replace(context, epoch=0),
            arm=parts.arm,
            digest=self._digest,
            memory=MemoryCopy(str(self._memory), batch) if self._memory else None,
            checkpoints=self._checkpoints,
        )
