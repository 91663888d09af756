"""When a reply is overdue: by the latest of the same role, and only where there were enough."""

import asyncio
import math

import pytest

from benchmarks.failing_server import FailingServer
from models import ModelSpec, chat_model
from models.durations import FEW, LATELY, MANY, Durations
from models.patient import PatientChatModel
from tests.models.conftest import hurried, prompt_for

ACTOR = prompt_for("actor")
LONG_AGO = 1000.0


class Clock:
    """Time that passes when told."""

    def __init__(self) -> None:
        self.now = LONG_AGO

    def __call__(self) -> float:
        return self.now


def noted(*seconds: float, clock: Clock | None = None) -> Durations:
    durations = Durations(clock or Clock())
    for each in seconds:
        durations.note("actor", each)
    return durations


def test_nothing_is_overdue_before_a_few_replies_have_come() -> None:
    assert noted(*[1.0] * (FEW - 1)).overdue("actor") == math.inf
    assert noted(*[1.0] * FEW).overdue("actor") == 2.0


def test_the_slowest_of_the_latest_counts() -> None:
    assert noted(7.0, *[1.0] * (MANY - 1)).overdue("actor") == 14.0
    assert noted(7.0, *[1.0] * MANY).overdue("actor") == 2.0


def test_a_quick_server_is_given_half_a_second_all_the_same() -> None:
    assert noted(*[0.01] * FEW).overdue("actor") == 0.5


def test_who_writes_little_says_nothing_of_who_writes_much() -> None:
    assert noted(*[1.0] * MANY).overdue("reflector") == math.inf


def test_a_server_that_rested_may_take_its_time() -> None:
    clock = Clock()
    durations = noted(*[1.0] * MANY, clock=clock)
    clock.now += LATELY
    assert durations.overdue("actor") == 2.0
    clock.now += 1.0
    assert durations.overdue("actor") == math.inf


@pytest.fixture
def model(failing: FailingServer) -> PatientChatModel:
    """One whose server usually answers at once."""
    made = hurried(chat_model(ModelSpec("openai:tiny", failing.address)), timeout=60.0)
    for _ in range(FEW):
        made.remote.endpoint.durations.note("actor", 0.01)
    return made


async def test_a_lost_request_is_sent_again_long_before_its_time_is_up(
    model: PatientChatModel, failing: FailingServer
) -> None:
    failing.kinds.append("timeout")
    failing.silence = 60.0
    async with asyncio.timeout(30.0):
        assert (await model.ainvoke(ACTOR)).text
    assert len(failing.asked) == 2


async def test_a_call_is_given_up_once_at_most(
    model: PatientChatModel, failing: FailingServer
) -> None:
    failing.latency = 1.2
    for _ in range(2):
        assert (await model.ainvoke(ACTOR)).text
    assert len(failing.asked) == 3  # the second call knows that the server is slow now


async def test_a_server_that_became_slow_is_not_asked_more(
    model: PatientChatModel, failing: FailingServer
) -> None:
    failing.latency = 1.2
    replies = await asyncio.gather(*(model.ainvoke(ACTOR) for _ in range(20)))
    assert all(reply.text for reply in replies)
    assert len(failing.asked) == 21


def test_of_a_hundred_replies_three_are_asked_for_again() -> None:
    durations, given_up = Durations(Clock()), 0
    for _ in range(1000):
        durations.note("actor", 1.0)
        given_up += durations.give_up()
    assert 28 <= given_up <= 31


def test_what_was_spared_does_not_pile_up() -> None:
    durations = noted(*[1.0] * 1000)
    assert [durations.give_up() for _ in range(3)] == [True, False, False]
