"""Bounds on the runs of a client, so that no client fills the server's queue for the others."""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graph.clients import LOCAL
from graph.dev_queue import QueuedRun, runs_in_flight

GLANCE = 0.05  # seconds between two looks at the queue

_granted: ContextVar[list[str] | None] = ContextVar("granted", default=None)


class TooManyRunsError(Exception):
    """A run that was not admitted; the message says which bound it met."""


@dataclass(frozen=True)
class RunLimits:
    """How many runs of a client are queued or running, and how many requests wait for that."""

    runs: int
    waiting: int
    seconds: float = 60.0  # of waiting


class Admission:
    """Lets a client's run into the queue when there is room for it, in the order of requests.

    A run on a busy thread waits here rather than in the queue, where it would stand in the way.
    """

    def __init__(
        self, limits: RunLimits, runs: Callable[[], Iterable[QueuedRun]] = runs_in_flight
    ) -> None:
        self._limits = limits
        self._runs = runs
        self._waiting = Counter[str]()
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._admitted: dict[str, QueuedRun] = {}  # of requests that have not been answered
        self._listed: dict[str, QueuedRun] | None = None
        self._listed_at = 0.0

    async def admit(self, client: str, run: str, thread: str | None, *, enqueue: bool) -> None:
        """Returns once the run may be queued, or raises `TooManyRunsError`."""
        held = thread if thread and enqueue and client != LOCAL else None
        must_wait = self._is_busy(held) or not self._has_room(client)
        if must_wait and self._waiting[client] >= self._limits.waiting:
            raise TooManyRunsError(
                f"{self._limits.waiting} requests of yours wait already for earlier runs"
            )
        self._waiting[client] += 1
        try:
            async with asyncio.timeout(self._limits.seconds):
                await self._wait(client, held)
        except TimeoutError:
            raise TooManyRunsError(
                f"the request waited {self._limits.seconds:.0f} seconds for earlier runs of yours"
            ) from None
        finally:
            self._waiting[client] -= 1
        granted = _granted.get()
        if granted is not None:
            self._admitted[run] = QueuedRun(run, thread or "", client)
            granted.append(run)

    def forget(self, runs: Iterable[str]) -> None:
        """Forgets admitted runs: from here on the queue itself lists them."""
        for run in runs:
            self._admitted.pop(run, None)
            self._listed = None

    async def _wait(self, client: str, thread: str | None) -> None:
        while True:
            while self._is_busy(thread):  # noqa: ASYNC110  # the server tells no ends of runs
                await asyncio.sleep(GLANCE)
            async with self._turns[client]:
                while not self._has_room(client):  # noqa: ASYNC110
                    await asyncio.sleep(GLANCE)
                if not self._is_busy(thread):
                    return

    def _is_busy(self, thread: str | None) -> bool:
        return thread is not None and any(run.thread == thread for run in self._in_flight())

    def _has_room(self, client: str) -> bool:
        mine = [run for run in self._in_flight() if client in (LOCAL, run.owner)]
        return len(mine) < self._limits.runs

    def _in_flight(self) -> Iterable[QueuedRun]:
        """The runs of the queue, looked up once for all waiters, and those on their way into it."""
        now = time.monotonic()
        if self._listed is None or now - self._listed_at >= GLANCE:
            self._listed, self._listed_at = {run.id: run for run in self._runs()}, now
        return {**self._admitted, **self._listed}.values()


class AdmissionMiddleware:
    """Tells when a request is answered, and the run that it created thus stands in the queue."""

    def __init__(self, app: ASGIApp, admission: Admission) -> None:
        self._app = app
        self._admission = admission

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on."""
        granted: list[str] = []
        before = _granted.set(granted)

        async def send_and_forget(message: Message) -> None:
            self._admission.forget(granted)
            await send(message)

        try:
            await self._app(scope, receive, send_and_forget)
        finally:
            self._admission.forget(granted)
            _granted.reset(before)
