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

from models.pace import MINUTE, Pace, Turn


@dataclass
class Clock:
    """Time that passes when told to."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def wait(pace: Pace, clock: Clock, turn: Turn) -> float:
    """When the turn's request goes out, if nothing else happens."""
    for seconds in pace.waits(turn):
        clock.now += seconds
    return clock.now


def gone(pace: Pace, clock: Clock, tokens: Iterable[int]) -> list[float]:
    """When requests of these sizes go out that all arrive at once."""
    return [wait(pace, clock, turn) for turn in [pace.take(count) for count in tokens]]


limits = st.floats(1.0, 10_000.0)
sizes = st.lists(st.integers(0, 5000), min_size=1, max_size=40)


@given(requests=limits, tokens=limits, asked=sizes)
def test_no_minute_holds_more_requests_or_tokens_than_the_limits_and_one_request(
    requests: float, tokens: float, asked: list[int]
) -> None:
    clock = Clock()
    times = gone(Pace(requests, tokens, clock), clock, asked)
    for first, began in enumerate(times):
        within = [i for i in range(first, len(times)) if times[i] - began < MINUTE * 0.999]
        assert len(within) <= math.ceil(requests) + 1
        assert sum(asked[i] for i in within) <= tokens + asked[within[-1]] + asked[first]


@given(requests=limits, tokens=limits, asked=sizes)
def test_who_comes_first_goes_first(requests: float, tokens: float, asked: list[int]) -> None:
    clock = Clock()
    times = gone(Pace(requests, tokens, clock), clock, asked)
    assert times == sorted(times)


def test_without_limits_nobody_waits() -> None:
    pace = Pace()
    assert [list(pace.waits(pace.take(10**9))) for _ in range(3)] == [[], [], []]


def test_idle_time_is_not_saved_up() -> None:
    clock = Clock()
    pace = Pace(requests=60.0, clock=clock)
    pace.take(0)
    clock.now += 600.0
    assert gone(pace, clock, [0, 0, 0]) == pytest.approx([1600.0, 1601.0, 1602.0])


def test_what_a_reply_really_needed_counts() -> None:
    clock = Clock()
    pace = Pace(tokens=60.0, clock=clock)
    turn = pace.take(2)
    pace.settle(turn, 30)
    assert wait(pace, clock, pace.take(0)) == pytest.approx(1030.0)


def test_a_turn_that_is_not_taken_is_another_ones() -> None:
    clock = Clock()
    pace = Pace(requests=6.0, tokens=60.0, clock=clock)
    pace.take(5)
    pace.give_back(pace.take(40))
    assert wait(pace, clock, pace.take(0)) == pytest.approx(1010.0)


@given(
    pauses=st.lists(st.tuples(st.floats(0.0, 30.0), st.floats(0.0, 60.0)), max_size=5),
    requests=limits,
)
def test_after_pauses_all_go_in_the_order_and_at_the_distance_that_they_had(
    pauses: list[tuple[float, float]], requests: float
) -> None:
    clock = Clock()
    pace = Pace(requests, clock=clock)
    turns = [pace.take(0) for _ in range(5)]
    for later, seconds in pauses:
        clock.now += later
        pace.pause(seconds)
        assert all(left >= seconds * 0.999 for turn in turns[:1] for left in _first(pace, turn))
    times = [wait(pace, clock, turn) for turn in turns]
    apart = [after - before for before, after in pairwise(times)]
    assert times == sorted(times)
    assert all(0.0 <= gap <= MINUTE / requests + 1e-6 for gap in apart)


def _first(pace: Pace, turn: Turn) -> list[float]:
    return [next(pace.waits(turn), math.inf)]


def test_threads_and_event_loops_share_one_pace() -> None:
    pace = Pace(requests=MINUTE * 100)
    gone_at: list[float] = []
    lock = threading.Lock()

    async def caller() -> None:
        turn = pace.take(0)
        for seconds in pace.waits(turn):
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
