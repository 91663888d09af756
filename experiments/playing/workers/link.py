"""The run's side of a worker: what it is sent to play, and its chat calls."""

import asyncio
import sqlite3
import warnings
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from langchain_core.runnables.config import RunnableConfig, set_config_context

from experiments.errors import RunError
from experiments.playing.workers.handshake import check_same, facts
from experiments.playing.workers.memory_copy import packed
from experiments.playing.workers.messages import (
    FROM_WORKER,
    SILENCE,
    Alive,
    Answer,
    Ask,
    Ended,
    Fetch,
    FromWorker,
    Hello,
    Parcel,
    Play,
    ToWorker,
    answer_with,
    prompt_of,
    read,
    written,
)
from experiments.playing.workers.port import WorkerPort
from models import ChatCall
from stores import StoreError

ERRORS: dict[str, type[Exception]] = {
    "checkpoints": sqlite3.OperationalError,
    "store": StoreError,
    "run": RunError,
}


class WorkerLostError(RuntimeError):
    """A worker ended; the message says what is known of that."""


@dataclass
class Sent:
    """An episode that a worker plays."""

    order: Play
    chat: ChatCall
    ended: "asyncio.Future[Ended]"
    errors: dict[int, Exception] = field(default_factory=dict)  # of its failed chat calls


class Link:
    """A connected worker."""

    def __init__(self, port: WorkerPort) -> None:
        self.name = port.name
        self._port = port
        self._listening: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[str] | None = None
        self._sent = dict[str, Sent]()
        self._answering = set[asyncio.Task[None]]()
        self._silent = ""
        self.lost: Exception | None = None

    @property
    def load(self) -> int:
        """How many episodes it plays."""
        return len(self._sent)

    async def greet(self) -> None:
        """Waits until the worker is ready, then listens; one that differs is refused."""
        try:
            line = await self._receive()
        except TimeoutError as error:
            self._silent = f"it was not ready after {SILENCE:g} s, "
            raise WorkerLostError(self._silent) from error
        if line is None:
            raise WorkerLostError("it ended before it was ready")
        hello = read(FROM_WORKER, line)
        if not isinstance(hello, Hello):
            raise RunError(f"{self.name} is no worker of billp")
        check_same(await asyncio.to_thread(facts), hello.facts, self.name)
        if hello.note:
            warnings.warn(f"{self.name}: {hello.note}", stacklevel=2)
        self._listening = asyncio.create_task(self._listen())

    async def end(self) -> str:
        """Ends the worker; says how it ended."""
        if self._ending is None:
            self._ending = asyncio.create_task(self._port.end())
        return self._silent + await asyncio.shield(self._ending)

    async def settle(self) -> None:
        """Waits for the chat calls in flight, also where the worker is gone."""
        await asyncio.gather(*self._answering, return_exceptions=True)

    def kill(self) -> None:
        """Ends the worker without waiting for it or for its chat calls."""
        self._port.kill()
        for task in self._answering:
            task.cancel()

    async def play(self, order: Play, chat: ChatCall) -> tuple[Ended, Exception | None]:
        """The end of an episode, and the error of the chat call that ended it, if any."""
        if self.lost:
            raise self.lost
        episode = order.assignment["episode"]
        sent = Sent(order, chat, asyncio.get_running_loop().create_future())
        self._sent[episode] = sent
        try:
            await self._tell(order)
            ended = await sent.ended
        finally:
            self._sent.pop(episode, None)
            sent.ended.cancel()
        return ended, None if ended.call is None else sent.errors.get(ended.call)

    async def _listen(self) -> None:
        """Handles what the worker tells until it is gone."""
        error: Exception = WorkerLostError("it ended")
        try:
            while (line := await self._receive()) is not None:
                self._handle(read(FROM_WORKER, line))
        except TimeoutError:
            self._silent = f"it said nothing for {SILENCE:g} s, "
        except ValueError as wrong:
            error = RunError(f"{self.name} sent what cannot be read ({wrong})")
        finally:
            self.lost = error  # calls in flight go on: they are paid for
            for sent in self._sent.values():
                if not sent.ended.done():
                    sent.ended.set_exception(error)
                    sent.ended.exception()  # also where nobody waits any more

    async def _receive(self) -> bytes | None:
        """The next line; it waits twice, as this process may itself have been halted meanwhile."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SILENCE / 2):
                return await self._port.receive()
        async with asyncio.timeout(SILENCE / 2):
            return await self._port.receive()

    def _handle(self, message: FromWorker) -> None:
        if isinstance(message, Hello | Alive) or (sent := self._sent.get(message.episode)) is None:
            return
        if isinstance(message, Ask):
            self._begin(self._answer(message, sent))
        elif isinstance(message, Fetch):
            self._begin(self._pack(sent))
        elif not sent.ended.done():
            if isinstance(message, Ended):
                sent.ended.set_result(message)
            else:
                sent.ended.set_exception(ERRORS[message.error](message.message))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _pack(self, sent: Sent) -> None:
        """Sends a copy of the memory that an episode reads; nothing is committed meanwhile."""
        if memory := sent.order.stage.memory:
            content = await asyncio.to_thread(packed, Path(memory.folder))
            with suppress(WorkerLostError):
                await self._tell(Parcel(memory, content))

    async def _answer(self, ask: Ask, sent: Sent) -> None:
        """Makes a chat call as part of its episode, of whose other calls those around it ask."""
        config = RunnableConfig(configurable={"thread_id": ask.episode})
        with set_config_context(config) as context:
            call = asyncio.create_task(
                sent.chat(ask.role, prompt_of(ask), ask.form), context=context
            )
        try:
            answer = answer_with(ask.call, await call)
        except Exception as error:  # noqa: BLE001  raised again where the episode has ended
            sent.errors[ask.call] = error
            answer = Answer(ask.call, None)
        finally:
            call.cancel()
        with suppress(WorkerLostError):  # the episode is played elsewhere then
            await self._tell(answer)

    async def _tell(self, message: ToWorker) -> None:
        try:
            await self._port.send(written(message))
        except OSError as error:
            raise WorkerLostError("it ended") from error
