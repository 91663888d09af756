"""Runs of a client are admitted up to its limits; those of others are not kept waiting."""

import asyncio
from collections.abc import Callable

import pytest

from graph.admission import Admission, AdmissionMiddleware, RunLimits, TooManyRunsError
from graph.clients import LOCAL
from graph.dev_queue import QueuedRun


class Queue:
    """A server's queue, which lists what a test says."""

    def __init__(self, *runs: QueuedRun) -> None:
        self.runs = list(runs)

    def __call__(self) -> list[QueuedRun]:
        return self.runs

    def finish(self, run: str) -> None:
        self.runs = [one for one in self.runs if one.id != run]


def of(owner: str | None, run: str, thread: str = "") -> QueuedRun:
    return QueuedRun(run, thread or f"thread of {run}", owner)


def admission(queue: Queue, runs: int = 1, waiting: int = 1, seconds: float = 30.0) -> Admission:
    return Admission(RunLimits(runs, waiting, seconds), queue)


async def waits(task: "asyncio.Task[None]") -> bool:
    """Whether it has not been admitted after some looks at the queue."""
    await asyncio.wait([task], timeout=0.3)
    return not task.done()


def asked(
    gate: Admission, client: str, run: str, thread: str | None = None, enqueue: bool = True
) -> "asyncio.Task[None]":
    return asyncio.create_task(gate.admit(client, run, thread, enqueue=enqueue))


async def test_a_run_waits_for_its_clients_earlier_one() -> None:
    queue = Queue(of("shop", "first"))
    second = asked(admission(queue), "shop", "second")
    assert await waits(second)
    queue.finish("first")
    await second


async def test_runs_of_another_client_are_admitted_meanwhile() -> None:
    queue = Queue(of("shop", "first"))
    gate = admission(queue)
    second = asked(gate, "shop", "second")
    assert await waits(second)
    await gate.admit("lab", "other", None, enqueue=True)
    second.cancel()


async def test_more_requests_than_may_wait_are_refused() -> None:
    gate = admission(Queue(of("shop", "first")))
    second = asked(gate, "shop", "second")
    assert await waits(second)
    with pytest.raises(TooManyRunsError, match="1 requests of yours wait already"):
        await gate.admit("shop", "third", None, enqueue=True)
    second.cancel()


async def test_a_request_that_waited_too_long_is_refused() -> None:
    gate = admission(Queue(of("shop", "first")), seconds=0.1)
    with pytest.raises(TooManyRunsError, match="waited 0 seconds"):
        await gate.admit("shop", "second", None, enqueue=True)


async def test_a_run_on_a_busy_thread_waits_and_other_runs_pass_it() -> None:
    queue = Queue(of("shop", "first", "anna"))
    gate = admission(queue, runs=5)
    second = asked(gate, "shop", "second", "anna")
    assert await waits(second)
    await gate.admit("shop", "third", "bert", enqueue=True)
    queue.finish("first")
    await second


async def test_a_run_that_interrupts_the_one_on_its_thread_does_not_wait() -> None:
    gate = admission(Queue(of("shop", "first", "anna")), runs=5)
    await gate.admit("shop", "second", "anna", enqueue=False)


async def test_without_tokens_all_runs_count_together_and_a_busy_thread_is_the_servers_task() -> (
    None
):
    queue = Queue(of(None, "first", "anna"))
    await admission(queue, runs=2).admit(LOCAL, "second", "anna", enqueue=True)
    third = asked(admission(queue), LOCAL, "third")
    assert await waits(third)
    third.cancel()


@pytest.mark.parametrize("answered", [False, True])
async def test_an_admitted_run_counts_until_its_request_is_answered(answered: bool) -> None:
    gate = admission(Queue())
    seen = []

    async def app(_scope: object, _receive: object, send: Callable[..., object]) -> None:
        await gate.admit("shop", "first", None, enqueue=True)
        if answered:
            await send({"type": "http.response.start"})  # type: ignore[misc]
        second = asked(gate, "shop", "second")
        seen.append(await waits(second))
        second.cancel()

    async def ignore(_message: object) -> None:
        pass

    await AdmissionMiddleware(app, gate)({"type": "http"}, None, ignore)  # type: ignore[arg-type]
    assert seen == [not answered]
