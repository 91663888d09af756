"""What all callers of one model on one server share."""

import asyncio
import re
import threading
import time

import pytest

from benchmarks.failing_server import FailingServer
from models import ModelError, ModelSpec, RequestRefusedError, chat_model
from models.endpoint import ENDPOINTS_KEPT, Endpoint, endpoint_of
from models.pace import Pace
from models.patient import PatientChatModel
from tests.models.conftest import hurried, prompt_for

ACTOR = prompt_for("actor")


def left(endpoint: Endpoint) -> float:
    """How long who comes now has to wait."""
    return next(endpoint.pace.waits(endpoint.pace.take(1)), 0.0)


def test_one_refusal_stops_nobody_else() -> None:
    endpoint = Endpoint(Pace())
    endpoint.refused(time.monotonic(), 60.0)
    assert left(endpoint) == 0.0


def test_a_second_refusal_with_no_reply_since_the_first_stops_all() -> None:
    endpoint = Endpoint(Pace())
    endpoint.refused(time.monotonic(), 60.0)
    endpoint.refused(time.monotonic(), 60.0)
    assert 50.0 < left(endpoint) <= 60.0


def test_refusals_of_requests_that_were_under_way_together_count_as_one() -> None:
    endpoint = Endpoint(Pace())
    sent = time.monotonic()
    for _ in range(16):
        endpoint.refused(sent, 60.0)
    assert left(endpoint) == 0.0


def test_a_reply_between_two_refusals_shows_that_some_get_through() -> None:
    endpoint = Endpoint(Pace())
    for _ in range(2):
        endpoint.refused(time.monotonic(), 60.0)
        endpoint.answered(time.monotonic())
    assert left(endpoint) == 0.0


def test_all_models_of_one_name_have_one_endpoint() -> None:
    assert endpoint_of("openai:a@http://here/v1") is endpoint_of("openai:a@http://here/v1")
    assert endpoint_of("openai:a@http://here/v1") is not endpoint_of("openai:b@http://here/v1")


def test_only_so_many_endpoints_are_remembered() -> None:
    first = endpoint_of("openai:first")
    for number in range(ENDPOINTS_KEPT):
        endpoint_of(f"openai:{number}")
    assert endpoint_of("openai:first") is not first
    assert endpoint_of(f"openai:{number}") is endpoint_of(f"openai:{number}")


@pytest.mark.parametrize("variable", ["BILLP_REQUESTS_PER_MINUTE", "BILLP_TOKENS_PER_MINUTE"])
@pytest.mark.parametrize("value", ["0", "-3", "many", "nan", "inf"])
def test_a_senseless_limit_is_refused_by_name(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ModelError, match=f"{variable} must be a number above 0, not '{value}'"):
        endpoint_of("openai:a")


def test_requests_of_several_event_loops_keep_one_limit(
    failing: FailingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BILLP_REQUESTS_PER_MINUTE", "1200")

    async def ask() -> None:
        model = chat_model(ModelSpec("openai:tiny", failing.address))
        await asyncio.gather(*(model.ainvoke(ACTOR) for _ in range(5)))

    loops = [threading.Thread(target=asyncio.run, args=(ask(),)) for _ in range(2)]
    for loop in loops:
        loop.start()
    for loop in loops:
        loop.join()
    assert len(failing.times) == 10
    assert max(failing.times) - min(failing.times) >= 9 * 0.05 * 0.8


async def test_tokens_are_limited_by_what_replies_needed(
    failing: FailingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = len(ACTOR) / 4
    monkeypatch.setenv("BILLP_TOKENS_PER_MINUTE", str(60 * 10 * tokens))  # ten prompts a second
    model = chat_model(ModelSpec("openai:tiny", failing.address))
    await asyncio.gather(*(model.ainvoke(ACTOR) for _ in range(5)))
    assert max(failing.times) - min(failing.times) >= 4 * 0.1 * 0.8


async def test_a_server_that_refuses_everybody_is_left_alone_by_everybody(
    failing: FailingServer,
) -> None:
    failing.retry_after = "0.5"
    failing.kinds.extend(["429"] * 2)
    models = [hurried(chat_model(ModelSpec("openai:tiny", failing.address))) for _ in range(3)]
    first = asyncio.create_task(models[0].ainvoke(ACTOR))
    await asyncio.sleep(0.2)
    second = asyncio.create_task(models[1].ainvoke(ACTOR))
    await asyncio.sleep(0.2)
    await asyncio.gather(first, second, models[2].ainvoke(ACTOR))
    refused, replies = failing.times[1], failing.times[2:]
    assert len(replies) == 3
    assert min(replies) - refused >= 0.5


@pytest.mark.parametrize("untaken", [("temperature",), ("seed",), ("temperature", "seed")])
async def test_options_that_a_server_does_not_take_are_left_out_and_said_so_once(
    untaken: tuple[str, ...], failing: FailingServer
) -> None:
    failing.untaken = untaken
    spec = ModelSpec("openai:tiny", failing.address)
    with pytest.warns(UserWarning, match="asked without") as warned:
        await chat_model(spec).ainvoke(ACTOR)
    told = [str(one.message) for one in warned if one.category is UserWarning]
    assert sorted(re.findall(r"takes no (\w+)", " ".join(told))) == sorted(untaken)
    asked = len(failing.asked)
    await chat_model(spec).ainvoke(ACTOR)
    await asyncio.to_thread(chat_model(spec).invoke, ACTOR)
    assert len(failing.asked) == asked + 2
    assert not set(untaken) & set(failing.asked[-1])


async def test_usage_in_streams_is_left_out_where_it_is_not_taken(failing: FailingServer) -> None:
    failing.untaken = ("stream_options",)
    model = chat_model(ModelSpec("openai:tiny", failing.address))
    with pytest.warns(UserWarning, match="takes no stream_options"):
        await model.ainvoke(ACTOR, stream=True)
    assert "stream_options" not in failing.asked[-1]


async def test_callers_that_learn_it_at_the_same_time_all_get_their_reply(
    failing: FailingServer,
) -> None:
    failing.untaken = ("temperature", "seed")
    failing.latency = 0.1
    model = chat_model(ModelSpec("openai:tiny", failing.address))
    assert isinstance(model, PatientChatModel)
    with pytest.warns(UserWarning, match="takes no"):
        replies = await asyncio.gather(*(model.ainvoke(ACTOR) for _ in range(8)))
    assert len({reply.text for reply in replies}) == 1


async def test_a_value_that_a_server_does_not_take_is_not_left_out_in_silence(
    failing: FailingServer,
) -> None:
    failing.kinds.append("range")
    model = chat_model(ModelSpec("openai:tiny", failing.address, temperature=2.0))
    with pytest.raises(RequestRefusedError, match="temperature must be at most 1"):
        await model.ainvoke(ACTOR)
