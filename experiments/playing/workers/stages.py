"""What a worker opens for its episodes: worlds, copies of memories, graphs and checkpoints."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from experiments.errors import RunError
from experiments.playing.workers.memory_copy import copy_index, open_copy, unpack
from experiments.playing.workers.messages import MemoryCopy, Stage
from experiments.runs.run_file import world_facts
from graph.checkpoints import GroupCommitSaver
from graph.episode import EpisodeGraph, build_graph
from graph.load import OFFLINE, Load, load_parts
from models import ROLES, ChatCall
from nodes import Context, Parts
from stores import Embedder, Memories

Fetcher = Callable[[str, MemoryCopy], Awaitable[str]]


@dataclass(frozen=True)
class OpenStage:
    """A stage with its graph and its checkpoints."""

    graph: EpisodeGraph
    saver: GroupCommitSaver
    embedder: Embedder


class Stages:
    """Opens each stage once; a new version of a memory takes the place of the one before."""

    def __init__(self, chat: ChatCall, fetch: Fetcher, folder: Path) -> None:
        self._chat = chat
        self._fetch = fetch
        self._folder = folder
        self._opening = asyncio.Lock()
        self._stages = dict[Stage, OpenStage]()
        self._savers = dict[str | None, GroupCommitSaver]()
        self._memories = dict[MemoryCopy, Memories]()
        self._files = AsyncExitStack()

    async def get(self, stage: Stage, episode: str) -> OpenStage:
        """The stage, opened if it is not; for the episode a packed copy can be fetched."""
        async with self._opening:
            if stage not in self._stages:
                self._stages[stage] = await self._open(stage, episode)
            return self._stages[stage]

    async def close(self) -> None:
        """Closes all files and removes the copies."""
        await self._files.aclose()
        for memories in self._memories.values():
            await asyncio.to_thread(memories.close)
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def _open(self, stage: Stage, episode: str) -> OpenStage:
        parts = await asyncio.to_thread(_parts, stage)
        saver = await self._saver(stage.checkpoints)
        if stage.memory:
            memories = await self._copied(stage, episode, parts.embedder)
            parts = replace(parts, memories=memories)
        graph = build_graph(_always(replace(parts, chat=self._chat)), saver)
        return OpenStage(graph, saver, parts.embedder)

    async def _copied(self, stage: Stage, episode: str, embedder: Embedder) -> Memories:
        """The copy of a stage's memory; an older version of it is not needed any more."""
        memory = stage.memory
        assert memory
        if memory in self._memories:
            return self._memories[memory]
        for old in [one for one in self._memories if one.folder == memory.folder]:
            self._stages = {key: one for key, one in self._stages.items() if key.memory != old}
            await asyncio.to_thread(self._memories.pop(old).close)
            await asyncio.to_thread(shutil.rmtree, self._place(old), ignore_errors=True)
        place = self._place(memory)
        if stage.checkpoints:
            await asyncio.to_thread(copy_index, Path(memory.folder), place)
        else:
            await asyncio.to_thread(unpack, await self._fetch(episode, memory), place)
        opened = await asyncio.to_thread(open_copy, place, embedder)
        self._memories[memory] = opened
        return opened

    def _place(self, memory: MemoryCopy) -> Path:
        cell = Path(memory.folder)
        return self._folder / cell.parent.name / f"{cell.name}-{memory.version}"

    async def _saver(self, shared: str | None) -> GroupCommitSaver:
        if shared not in self._savers:
            path = Path(shared) if shared else self._folder / "checkpoints.sqlite"
            opened = GroupCommitSaver.open(path, synchronous="NORMAL")
            self._savers[shared] = await self._files.enter_async_context(opened)
        return self._savers[shared]


def _parts(stage: Stage) -> Parts:
    """The parts of a stage without its chat models, which the run's own process asks."""
    models: dict[str, Any] = {f"{role}_model": None for role in ROLES}
    context = replace(stage.context, model=OFFLINE, base_url=None, **models)
    parts = load_parts(context)
    digest = world_facts(parts.world).digest
    if digest != stage.digest:
        raise RunError(
            f"world {parts.world.name!r} of a worker is another than the run's (digest {digest}, "
            f"expected {stage.digest}): build or copy that world there, then give the same command "
            "again"
        )
    return replace(parts, arm=stage.arm)


def _always(parts: Parts) -> Load:
    load: Callable[[Context], Parts] = lambda _: parts  # noqa: E731
    return load
