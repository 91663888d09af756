"""A worker: plays the episodes that it is sent side by side, and has the run ask chat models."""

import asyncio
import itertools
import sqlite3
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from langchain_core.messages import BaseMessage
from langchain_core.runnables import ensure_config

from experiments.playing.failures import stops_run
from experiments.playing.session import play_on, state_so_far
from experiments.playing.workers.handshake import facts
from experiments.playing.workers.messages import (
    PULSE,
    TO_WORKER,
    Alive,
    Answer,
    Broken,
    Ended,
    Fetch,
    FromWorker,
    Hello,
    MemoryCopy,
    Parcel,
    Play,
    asked,
    read,
    reply_of,
    vector_as_text,
    written,
)
from experiments.playing.workers.port import Port
from experiments.playing.workers.stages import OpenStage, Stages
from graph.training import episode_failure
from models import FREE, Form, Reply, Role
from stores import StoreError

THREADS = 16  # for embeddings, searches and checkpoints


class ChatFailedError(RuntimeError):
    """A chat call failed; the run has the error, by the call's number."""

    def __init__(self, call: int) -> None:
        super().__init__(f"chat call {call} failed")
        self.call = call


class Player:
    """Plays until the run is gone; what it needs meanwhile is in the folder."""

    def __init__(self, port: Port, folder: Path, note: str = "") -> None:
        self._port = port
        self._note = note
        self._numbers = itertools.count()
        self._answers = dict[int, asyncio.Future[Answer]]()
        self._parcels = dict[MemoryCopy, asyncio.Future[str]]()
        self._playing = set[asyncio.Task[None]]()
        self._stages = Stages(self._chat, self._fetch, folder)

    async def serve(self) -> None:
        """Plays what it is sent."""
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS))
        await self._tell(Hello(facts(), self._note))
        pulse = asyncio.create_task(self._live())
        try:
            while (line := await self._port.receive()) is not None:
                message = read(TO_WORKER, line)
                if isinstance(message, Parcel):
                    self._parcels.pop(message.memory).set_result(message.content)
                elif isinstance(message, Answer):
                    answered = self._answers.pop(message.call)
                    if not answered.done():  # its node was cancelled
                        answered.set_result(message)
                else:
                    task = asyncio.create_task(self._play(message))
                    self._playing.add(task)
                    task.add_done_callback(self._playing.discard)
        finally:
            tasks = [pulse, *self._playing]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._stages.close()

    async def _live(self) -> None:
        """Says again and again that it has not come to a halt."""
        while True:
            await asyncio.sleep(PULSE)
            await self._tell(Alive())

    async def _play(self, order: Play) -> None:
        episode = order.assignment["episode"]
        try:
            ended = await self._session(await self._stages.get(order.stage, episode), order)
        except Exception as error:  # noqa: BLE001  the run says what it means
            await self._tell(_broken(episode, error))
        else:
            await self._tell(ended)

    async def _session(self, stage: OpenStage, order: Play) -> Ended:
        """Plays an episode on from its last checkpoint, as far as its chat calls are answered."""
        assignment = order.assignment
        context = replace(order.stage.context, epoch=order.epoch, learn=False)
        try:
            state = await play_on(stage.graph, stage.saver, assignment, context)
        except ChatFailedError as error:
            state = await state_so_far(stage.graph, assignment)
            return Ended(assignment["episode"], state, call=error.call)
        except Exception as error:
            if stops_run(error):
                raise
            state = await state_so_far(stage.graph, assignment)
            return Ended(assignment["episode"], state, episode_failure(error))
        if not order.stage.checkpoints:  # nobody else deletes them
            await stage.saver.adelete_thread(assignment["episode"])
        vectors = await asyncio.to_thread(_vectors, stage, state)
        return Ended(assignment["episode"], state, vectors=vectors)

    async def _chat(self, role: Role, messages: Sequence[BaseMessage], form: Form = FREE) -> Reply:
        """Has the run make a chat call."""
        number, episode = next(self._numbers), ensure_config()["configurable"]["thread_id"]
        answered = asyncio.get_running_loop().create_future()
        self._answers[number] = answered
        await self._tell(asked(number, episode, role, messages, form))
        answer: Answer = await answered
        if answer.reply is None:
            raise ChatFailedError(number)
        return reply_of(answer.reply)

    async def _fetch(self, episode: str, memory: MemoryCopy) -> str:
        """Has the run pack a copy of the memory that an episode reads."""
        self._parcels[memory] = asyncio.get_running_loop().create_future()
        await self._tell(Fetch(episode))
        return await self._parcels[memory]

    async def _tell(self, message: FromWorker) -> None:
        await self._port.send(written(message))


def _vectors(stage: OpenStage, state: Mapping[str, Any]) -> dict[str, str]:
    """The embeddings of the judged situations, which the run stores when it commits."""
    judged = (verdict.get("situation") for verdict in state.get("verdicts", ()))
    texts = list(dict.fromkeys(text for text in judged if text))
    return dict(zip(texts, map(vector_as_text, stage.embedder.embed(texts)), strict=True))


def _broken(episode: str, error: Exception) -> Broken:
    message = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, sqlite3.Error):
        return Broken(episode, "checkpoints", message)
    return Broken(episode, "store" if isinstance(error, StoreError) else "run", message)
