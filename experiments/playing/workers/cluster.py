"""Workers of a Dask cluster: each plays a block of episodes as one task of its own.

All messages go through the scheduler, so that a run needs to reach nothing else. Nobody tells a run
that a worker is gone, or a worker that its run is: both notice by silence.
"""

import asyncio
import tempfile
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from experiments.errors import MissingExtraError, RunError
from experiments.playing.workers.player import Player

TLS = "DASK_DISTRIBUTED__COMM__TLS__"
PROFILER = "distributed.worker.profile.enabled"
PROFILER_NOTE = (
    "its profiler takes a part of the CPU: start it with "
    "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED=False"
)
LOOPBACK = ("127.0.0.1", "localhost", "::1")
CONNECTING, WAITING = 10.0, 30.0  # seconds until a scheduler, and the first worker, is there
CHECKED_AFTER, GONE_AFTER = 2.0, 60.0  # seconds of silence
ENDING = 5.0
END, SIGN_OF_LIFE = "end", "\n"


class Mail:
    """A queue of texts to the other side; what waits while one is under way goes as one."""

    def __init__(self, put: Any) -> None:
        self._put = put
        self._waiting = list[str]()
        self._sending = asyncio.Lock()

    async def send(self, line: bytes) -> None:
        """See `Port`."""
        self._waiting.append(line.decode())
        async with self._sending:
            texts, self._waiting = self._waiting, []
            if texts:
                await self._put("".join(texts))


class TaskPort:
    """A task's port to the run; Dask's own calls block, so they are made in threads."""

    def __init__(self, to_worker: Any, to_run: Any) -> None:
        self._inbox = to_worker
        self._lines = list[str]()
        self.send = Mail(lambda text: asyncio.to_thread(to_run.put, text)).send

    async def receive(self) -> bytes | None:
        """See `Port`."""
        while not self._lines:
            try:
                text = await asyncio.to_thread(self._inbox.get, timeout=GONE_AFTER)
            except (OSError, TimeoutError):
                return None
            if text == END:
                return None
            self._lines = [line for line in text.splitlines() if line][::-1]
        return self._lines.pop().encode()


def play_block(name: str) -> None:
    """The task of a worker: plays what it is sent, in an event loop of its own."""
    import dask

    queue = _distributed().Queue
    note = PROFILER_NOTE if dask.config.get(PROFILER) else ""
    with tempfile.TemporaryDirectory(prefix="billp-worker-") as folder:
        port = TaskPort(queue(f"{name}-to-worker"), queue(f"{name}-to-run"))
        asyncio.run(Player(port, Path(folder), note).serve())


class ClusterWorker:
    """A run's port to a task on a worker."""

    def __init__(self, cluster: "Cluster", address: str, task: Any, queues: tuple[Any, Any]):
        self.name = f"Dask worker {address}"
        self.address = address
        self._cluster = cluster
        self._task = task
        self._outbox, self._inbox = queues
        self._lines = list[str]()
        self._mail = Mail(self._outbox.put)
        self._reading: asyncio.Future[str] | None = None

    async def send(self, line: bytes) -> None:
        """See `Port`."""
        await self._mail.send(line)

    async def receive(self) -> bytes | None:
        """See `Port`; in a silence it asks after the worker, and tells that its run is there."""
        while not self._lines:
            self._reading = self._reading or asyncio.ensure_future(self._inbox.get())
            done, _ = await asyncio.wait({self._reading}, timeout=CHECKED_AFTER)
            if not done:
                if not await self._is_there():
                    self._reading.cancel()
                    return None
                continue
            try:
                self._lines = self._reading.result().splitlines()[::-1]
            except (OSError, RuntimeError, TimeoutError):
                return None
            self._reading = None
        return self._lines.pop().encode()

    async def end(self) -> str:
        """See `WorkerPort`."""
        try:
            async with asyncio.timeout(ENDING):
                await self._outbox.put(END)
                await self._task
        except (OSError, RuntimeError, TimeoutError) as error:
            return f"{type(error).__name__} {error}".strip()
        except Exception as error:  # noqa: BLE001  whatever the task has met
            return f"{type(error).__name__}: {error}"
        finally:
            self.kill()
        return "the end of its task"

    def kill(self) -> None:
        """See `WorkerPort`; a task that runs ends by itself, as it hears nothing more."""
        self._task.release()

    async def _is_there(self) -> bool:
        try:
            async with asyncio.timeout(CONNECTING):
                if (
                    self._task.status != "pending"
                    or self.address not in await self._cluster.workers()
                ):
                    return False
                await self._outbox.put(SIGN_OF_LIFE)
        except (OSError, RuntimeError, TimeoutError):
            return False
        return True


class Cluster:
    """The workers of a scheduler; one whose block has ended is not asked again."""

    shares_disk = False

    def __init__(self, address: str) -> None:
        self._address = address
        self._client: Any = None
        self._taken = set[str]()

    async def open(self) -> None:
        """Connects to the scheduler, and waits for its first worker."""
        distributed = _distributed()
        security = _security(distributed, self._address)
        try:
            self._client = await distributed.Client(
                self._address,
                asynchronous=True,
                security=security,
                timeout=CONNECTING,
                set_as_default=False,
            )
        except Exception as error:
            raise RunError(
                f"no Dask scheduler answers at {self._address} ({_told(error)}): start it by "
                "`dask scheduler`, or give the address that it prints; then give the same command "
                "again"
            ) from error
        try:
            await self._client.wait_for_workers(1, timeout=WAITING)
        except TimeoutError as error:
            raise RunError(
                f"no worker is connected to {self._address}: start some by `dask worker "
                f"{self._address}`, then give the same command again"
            ) from error

    async def close(self) -> None:
        """Leaves the scheduler."""
        if self._client is not None:
            await self._client.close(timeout=ENDING)

    async def workers(self) -> list[str]:
        """The addresses of all workers."""
        return list((await self._client.scheduler.identity())["workers"])

    async def start(self) -> ClusterWorker | None:
        """A block on a worker that plays none, or None where there is no such worker."""
        queue = _distributed().Queue
        try:
            async with asyncio.timeout(CONNECTING):
                free = [one for one in await self.workers() if one not in self._taken]
        except (OSError, RuntimeError, TimeoutError) as error:
            raise RunError(
                f"the Dask scheduler at {self._address} is gone ({_told(error)}): start it and its "
                "workers, then give the same command again"
            ) from error
        if not free:
            return None
        address, name = free[0], f"billp-{uuid.uuid4().hex}"
        self._taken.add(address)
        directions = ("to-worker", "to-run")
        queues = [await queue(f"{name}-{one}", client=self._client) for one in directions]
        task = self._client.submit(
            play_block, name, key=name, workers=[address], allow_other_workers=False, pure=False
        )
        return ClusterWorker(self, address, task, (queues[0], queues[1]))


def check_scheduler(address: str) -> None:
    """Refuses a scheduler to which others could speak too, or listen, and a missing package."""
    parts = urlsplit(address)
    if parts.scheme not in ("tls", "tcp") or not parts.hostname:
        raise RunError(f"a scheduler has an address like tls://host:8786, not {address!r}")
    if parts.scheme == "tcp" and parts.hostname not in LOOPBACK:
        raise RunError(
            f"scheduler {address}: whoever reaches one without TLS can read what users said, and "
            "run code on its workers: start scheduler and workers with certificates "
            "(https://distributed.dask.org/en/stable/tls.html), and give tls://..."
        )
    _security(_distributed(), address)


def _security(distributed: Any, address: str) -> Any:
    """The certificates that Dask's own configuration names."""
    if not address.startswith("tls:"):
        return None
    security = distributed.Security(require_encryption=True)
    if not (security.tls_ca_file and security.tls_client_cert):
        raise RunError(
            f"scheduler {address} needs certificates: set {TLS}CA_FILE, {TLS}CLIENT__CERT and "
            f"{TLS}CLIENT__KEY to their files"
        )
    return security


def _distributed() -> Any:
    try:
        import distributed
    except ImportError as error:
        raise MissingExtraError("workers of a Dask cluster", "distributed") from error
    return distributed


def _told(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__} {error}".split())[:200]
