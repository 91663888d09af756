"""Requests and tokens are spread over each minute, in the order in which turns were taken."""

import asyncio
import math
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rate_limit import MINUTE, RateLimit, Turn


@dataclass
class Clock:
    """Time that passes when told to."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def wait(limit: RateLimit, clock: Clock, turn: Turn) -> float:
    """When the turn's request goes out, if nothing else happens."""
    for seconds in limit.waits(turn):
        clock.now += seconds
    return clock.now


def gone(limit: RateLimit, clock: Clock, tokens: Iterable[int]) -> list[float]:
    """When requests of these sizes go out that all arrive at once."""
    return [wait(limit, clock, turn) for turn in [limit.take(count) for count in tokens]]


limits = st.floats(1.0, 10_000.0)
sizes = st.lists(st.integers(0, 5000), min_size=1, max_size=40)


@given(requests=limits, tokens=limits, asked=sizes)
def test_no_minute_holds_more_requests_or_tokens_than_the_limits_and_one_request(
    requests: float, tokens: float, asked: list[int]
) -> None:
    clock = Clock()
    times = gone(RateLimit(requests, tokens, clock), clock, asked)
    for first, began in enumerate(times):
        within = [i for i in range(first, len(times)) if times[i] - began < MINUTE * 0.999]
        assert len(within) <= math.ceil(requests) + 1
        assert sum(asked[i] for i in within) <= tokens + asked[within[-1]] + asked[first]


@given(requests=limits, tokens=limits, asked=sizes)
def test_who_comes_first_goes_first(requests: float, tokens: float, asked: list[int]) -> None:
    clock = Clock()
    times = gone(RateLimit(requests, tokens, clock), clock, asked)
    assert times == sorted(times)


def test_without_limits_nobody_waits() -> None:
    limit = RateLimit()
    assert [list(limit.waits(limit.take(10**9))) for _ in range(3)] == [[], [], []]


def test_idle_time_is_not_saved_up() -> None:
    clock = Clock()
    limit = RateLimit(requests=60.0, clock=clock)
    limit.take(0)
    clock.now += 600.0
    assert gone(limit, clock, [0, 0, 0]) == pytest.approx([1600.0, 1601.0, 1602.0])


def test_what_a_reply_really_needed_counts() -> None:
    clock = Clock()
    limit = RateLimit(tokens=60.0, clock=clock)
    turn = limit.take(2)
    limit.settle(turn, 30)
    assert wait(limit, clock, limit.take(0)) == pytest.approx(1030.0)


def test_a_turn_that_is_not_taken_is_another_ones() -> None:
    clock = Clock()
    limit = RateLimit(requests=6.0, tokens=60.0, clock=clock)
    limit.take(5)
    limit.give_back(limit.take(40))
    assert wait(limit, clock, limit.take(0)) == pytest.approx(1010.0)


@given(
    pauses=st.lists(st.tuples(st.floats(0.0, 30.0), st.floats(0.0, 60.0)), max_size=5),
    requests=limits,
)
def test_after_pauses_all_go_in_the_order_and_at_the_distance_that_they_had(
    pauses: list[tuple[float, float]], requests: float
) -> None:
    clock = Clock()
    limit = RateLimit(requests, clock=clock)
    turns = [limit.take(0) for _ in range(5)]
    for later, seconds in pauses:
        clock.now += later
        limit.pause(seconds)
        least = seconds * 0.999 - 1e-6
        assert all(left >= least for turn in turns[:1] for left in _first(limit, turn))
    times = [wait(limit, clock, turn) for turn in turns]
    apart = [after - before for before, after in pairwise(times)]
    assert times == sorted(times)
    assert all(0.0 <= gap <= MINUTE / requests + 1e-6 for gap in apart)


def _first(limit: RateLimit, turn: Turn) -> list[float]:
    return [next(limit.waits(turn), math.inf)]


def test_threads_and_event_loops_share_one_limit() -> None:
    limit = RateLimit(requests=MINUTE * 100)
    gone_at: list[float] = []
    lock = threading.Lock()

    async def caller() -> None:
        turn = limit.take(0)
        for seconds in limit.waits(turn):
            await asyncio.sleep(seconds)
        with lock:
            gone_at.append(turn.due)

    async def many() -> None:
        await asyncio.gather(*(caller() for _ in range(10)))

    threads = [threading.Thread(target=asyncio.run, args=(many(),)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    due = sorted(gone_at)
    assert len(due) == 30
    assert all(after - before >= 0.0099 for before, after in pairwise(due))
