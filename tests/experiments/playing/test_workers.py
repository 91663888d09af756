"""Episodes in other processes: nothing of a run changes, whatever happens to them."""

import asyncio
import json
import os
import signal
import socket
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from langchain_core.messages import BaseMessage

from experiments.errors import RunError
from experiments.playing.workers.handshake import Facts, facts
from experiments.playing.workers.link import Link
from experiments.playing.workers.local import LocalWorkers
from experiments.playing.workers.messages import (
    FROM_WORKER,
    Alive,
    Ask,
    Ended,
    Hello,
    Play,
    Stage,
    read,
    written,
)
from experiments.playing.workers.player import Player
from experiments.playing.workers.pool import WorkerPool
from experiments.playing.workers.port import StreamPort
from experiments.playing.workers.stages import Stages
from graph.arms import ARMS
from graph.training import Assignment
from models import FREE, Form, FormField, Reply, Role
from nodes import Context
from tests.experiments.tiny_runs import (
    billp,
    calls,
    compare,
    figures,
    journals,
    moody,
    records,
    summary,
)

CHAT_MODEL = "graph.load.connect"
CHOSEN = ("--arms", "billp", "--seeds", 1, "--evaluate", "both")


async def never(role: Role, messages: Sequence[BaseMessage], form: Form = FREE) -> Reply:
    raise AssertionError("nobody is asked")


def worker_processes() -> list[psutil.Process]:
    children = psutil.Process().children()
    return [one for one in children if any("workers.process_main" in w for w in one.cmdline())]


def kill_a_worker() -> None:
    os.kill(worker_processes()[0].pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run in one process that nothing disturbed."""
    folder = tmp_path_factory.mktemp("alone") / "run"
    done = compare(folder, *CHOSEN)
    assert done.code == 0, done.err
    return folder


@pytest.mark.slow
def test_killed_workers_change_nothing_and_nothing_is_learned_twice(
    alone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[str]()

    def kill(prompt: str) -> None:
        asked.append(prompt)
        if len(asked) in (20, 60):
            kill_a_worker()

    monkeypatch.setattr(CHAT_MODEL, moody(kill))
    folder = tmp_path / "run"
    done = compare(folder, *CHOSEN, "--workers", 2, "--concurrency", 4)
    assert done.code == 0, done.err
    assert summary(folder) == summary(alone)
    assert journals(folder) == journals(alone)
    by_id = {record["id"]: record for record in records(folder, "billp.0")}
    assert by_id == {record["id"]: record for record in records(alone, "billp.0")}
    assert len(records(folder, "billp.0")) == len(by_id)
    assert len(asked) == len(calls(folder)), "a call in flight was paid for, and not logged"
    assert len(calls(folder)) - len(calls(alone)) <= 2 * 2 * 4
    assert not list(folder.glob("*.sqlite*"))
    assert worker_processes() == []


@pytest.mark.slow
def test_limits_and_failures_hold_over_all_workers_and_one_process_can_go_on(
    alone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    limit = len(calls(alone)) // 2
    limited = compare(folder, *CHOSEN, "--workers", 2, "--max-calls", limit)
    assert limited.code == 3
    assert f"stopped: the limit of {limit} calls is reached" in limited.out
    assert len(calls(folder)) <= limit

    assert compare(folder, *CHOSEN).code == 0
    assert summary(folder) == summary(alone)
    assert journals(folder) == journals(alone)
    assert len(calls(folder)) == len(calls(alone))

    def fail(_: str) -> None:
        raise TimeoutError("the server\nhung up")

    monkeypatch.setattr(CHAT_MODEL, moody(fail))
    failing = ("--arms", "react", "--seeds", 1, "--workers", 2, "--concurrency", 2)
    failed = compare(tmp_path / "failed", *failing, "--episodes", 12, "--max-errors", 1)
    assert failed.code == 3
    assert "stopped: 2 errors, more than the limit of 1" in failed.out
    # of twelve episodes, one of two in flight may fail as well before the stop reaches it
    assert figures(tmp_path / "failed", "react")["error_types"] in (
        {"TimeoutError": 2},
        {"TimeoutError": 3},
    )


class MortalWorker:
    """A worker that ends as soon as it is to play."""

    name = "worker 7"

    def __init__(self) -> None:
        self._lines: list[bytes | None] = [written(Hello(facts()))]
        self._sent = asyncio.Event()

    async def send(self, line: bytes) -> None:
        self._sent.set()

    async def receive(self) -> bytes | None:
        if not self._lines:
            await self._sent.wait()
        return self._lines.pop() if self._lines else None

    async def end(self) -> str:
        return "SIGKILL"

    def kill(self) -> None:
        pass


class MortalWorkers(LocalWorkers):
    started = 0

    async def start(self) -> MortalWorker:  # type: ignore[override]
        self.started += 1
        return MortalWorker()


async def test_an_episode_that_ends_every_worker_stops_the_run() -> None:
    workers = MortalWorkers()
    pool = WorkerPool(workers, 2)
    stage = Stage(Context(), ARMS["react"], "")
    episode = Assignment(user=0, episode="react/0/frozen/0000", at=1, number=0, batch=1)
    with (
        pytest.raises(RunError, match=r"0000' ended its worker 3 times, the last time with SIGKIL"),
        pytest.warns(UserWarning, match="worker 7 was lost: SIGKILL"),
    ):
        await pool.play(Play(stage, episode, 0), never)
    assert workers.started == 2 + 2
    await pool.close()


class StillbornWorker(MortalWorker):
    """A worker that ends before it is ready."""

    async def receive(self) -> bytes | None:
        return None


class QuickWorker(MortalWorker):
    """A worker whose episodes have ended as soon as they begin."""

    async def send(self, line: bytes) -> None:
        episode = json.loads(line)["assignment"]["episode"]
        self._lines.append(written(Ended(episode, {"steps": []})))
        self._sent.set()


async def test_others_play_where_a_worker_cannot_start() -> None:
    ports = [QuickWorker(), StillbornWorker()]

    class Both(LocalWorkers):
        async def start(self) -> MortalWorker | None:  # type: ignore[override]
            return ports.pop() if ports else None

    pool = WorkerPool(Both(), 2)
    episode = Assignment(user=0, episode="one", at=1, number=0, batch=1)
    with pytest.warns(UserWarning, match="worker 7 could not start: SIGKILL"):
        played, error = await pool.play(
            Play(Stage(Context(), ARMS["react"], ""), episode, 0), never
        )
    assert (played.state, error) == ({"steps": []}, None)
    await pool.close()


class HaltedWorker(MortalWorker):
    """A worker that says nothing any more, though it has not ended."""

    def __init__(self, *said: bytes) -> None:
        super().__init__()
        self._lines = [*said]

    async def receive(self) -> bytes | None:
        if not self._lines:
            await asyncio.Event().wait()
        return self._lines.pop(0)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ((), "could not start: it was not ready after 0.1 s, SIGKILL"),
        ((written(Hello(facts())),), "was lost: it said nothing for 0.1 s, SIGKILL"),
        ((written(Hello(facts())), written(Alive())), "was lost: it said nothing for 0.1 s, SIG"),
    ],
)
async def test_a_worker_that_came_to_a_halt_is_replaced(
    said: Sequence[bytes], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("experiments.playing.workers.link.SILENCE", 0.1)
    ports: list[MortalWorker] = [QuickWorker(), HaltedWorker(*said)]

    class Both(LocalWorkers):
        async def start(self) -> MortalWorker | None:  # type: ignore[override]
            return ports.pop() if ports else None

    pool = WorkerPool(Both(), 1)
    episode = Assignment(user=0, episode="one", at=1, number=0, batch=1)
    order = Play(Stage(Context(), ARMS["react"], ""), episode, 0)
    if not said:
        with (
            pytest.warns(UserWarning, match=f"worker 7 {told}"),
            pytest.raises(RunError, match="no worker is left"),
        ):
            await pool.play(order, never)
    with pytest.warns(UserWarning, match=f"worker 7 {told}") if said else nullcontext():
        played, _ = await pool.play(order, never)
    assert played.state == {"steps": []}
    await pool.close()


async def test_a_worker_says_that_it_lives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("experiments.playing.workers.player.PULSE", 0.01)
    own, its = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=own)
    player = Player(StreamPort(*await asyncio.open_connection(sock=its)), tmp_path)
    serving = asyncio.create_task(player.serve())
    kinds = [json.loads(await reader.readline())["kind"] for _ in range(4)]
    assert kinds == ["hello", "alive", "alive", "alive"]
    writer.close()
    await serving


def test_zero_workers_are_refused() -> None:
    done = billp("compare", "--workers", "0")
    assert done.code == 2
    assert "argument --workers: expected a number from 1" in done.err


@pytest.mark.parametrize("different", ["version", "source", "python", "embedding"])
async def test_a_worker_that_would_play_otherwise_is_refused(different: str) -> None:
    ours, theirs = socket.socketpair()
    port = StreamPort(*await asyncio.open_connection(sock=ours))
    other = StreamPort(*await asyncio.open_connection(sock=theirs))
    port.name = "worker 7"  # type: ignore[attr-defined]
    changed: Facts = replace(facts(), **{different: "another"})
    await other.send(written(Hello(changed)))
    with pytest.raises(RunError, match=f"^worker 7 has another {different} \\('another', this run"):
        await Link(port).greet()  # type: ignore[arg-type]
    port.close()
    other.close()


async def test_a_worker_with_another_world_of_that_name_refuses_to_play(tmp_path: Path) -> None:
    async def fetch(*_: object) -> str:
        raise AssertionError("an arm that does not learn reads no memory")

    stages = Stages(never, fetch, tmp_path)
    with pytest.raises(RunError, match=r"world 'demo' of a worker is another .* expected 0123abcd"):
        await stages.get(Stage(Context(), ARMS["react"], "0123abcd"), "")
    await stages.close()


@pytest.mark.parametrize(
    "form",
    [
        Form.one_of((1, 2.0, 0.5)),
        Form((FormField("rest", (0, 1, None)), FormField("genres", ("Puzzle",), 3))),
        Form(room="more"),
    ],
)
def test_a_form_is_the_same_on_both_sides(form: Form) -> None:
    received = read(FROM_WORKER, written(Ask(1, "one", "actor", [], form)))
    assert isinstance(received, Ask)
    assert received.form == form
    assert repr(received.form) == repr(form)  # 1 and 1.0 are equal, and other schemas
