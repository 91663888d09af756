"""What all callers of one server share, and what those of one model on it do."""

import asyncio
import re
import threading
import time

import pytest

from models import ModelError, ModelSpec, RequestRefusedError, connect
from models.rate_limit import RateLimit
from models.server_state import MODELS_KEPT, ServerState, model_state_of
from tests.models.conftest import ask, ask_in_stream, hurried, prompt_for
from tests.servers.failing_server import FailingServer


def left(server: ServerState) -> float:
    """How long who comes now has to wait."""
    return next(server.rate_limit.waits(server.rate_limit.take(1)), 0.0)


def test_one_refusal_or_another_stops_nobody_else() -> None:
    server = ServerState(RateLimit())
    for _ in range(2):
        server.refused(time.monotonic(), 60.0)
        assert left(server) == 0.0


def test_a_third_refusal_with_no_reply_since_the_first_stops_all() -> None:
    server = ServerState(RateLimit())
    for _ in range(3):
        server.refused(time.monotonic(), 60.0)
    assert 50.0 < left(server) <= 60.0


def test_refusals_of_requests_that_were_under_way_together_count_as_one() -> None:
    server = ServerState(RateLimit())
    sent = time.monotonic()
    for _ in range(16):
        server.refused(sent, 60.0)
    assert left(server) == 0.0


def test_a_reply_between_refusals_shows_that_some_get_through() -> None:
    server = ServerState(RateLimit())
    for _ in range(4):
        server.refused(time.monotonic(), 60.0)
        server.answered(time.monotonic())
    assert left(server) == 0.0


HERE, THERE = "http://here/v1", "http://there/v1"


def test_all_who_ask_one_model_on_one_server_have_one_endpoint() -> None:
    assert model_state_of(HERE, "a") is model_state_of(HERE, "a")
    assert model_state_of(HERE, "a") is not model_state_of(HERE, "b")


def test_all_models_on_one_server_have_one_pace() -> None:
    assert model_state_of(HERE, "a").server is model_state_of(HERE, "b").server
    assert model_state_of(HERE, "a").server is not model_state_of(THERE, "a").server


def test_what_one_model_does_not_take_another_may() -> None:
    model_state_of(HERE, "a").leave_out("seed")
    assert "seed" not in model_state_of(HERE, "b").unsupported


def test_a_server_keeps_its_rate_limit_however_many_models_are_named_on_it() -> None:
    limited = model_state_of(HERE, "used").server
    for number in range(MODELS_KEPT):
        model_state_of(HERE, str(number))
    assert model_state_of(HERE, "used").server is limited


def test_of_models_only_the_latest_are_remembered() -> None:
    model_state_of(HERE, "idle").leave_out("seed")
    assert model_state_of(HERE, "idle").unsupported == {"seed"}
    for number in range(MODELS_KEPT):
        model_state_of(THERE, str(number))
    assert model_state_of(HERE, "idle").unsupported == set()


@pytest.mark.parametrize("variable", ["BILLP_REQUESTS_PER_MINUTE", "BILLP_TOKENS_PER_MINUTE"])
@pytest.mark.parametrize("value", ["0", "-3", "many", "nan", "inf"])
def test_a_senseless_limit_is_refused_by_name(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ModelError, match=f"{variable} must be a number above 0, not '{value}'"):
        model_state_of(HERE, "a")


def test_requests_of_several_event_loops_and_models_keep_one_limit(
    failing: FailingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BILLP_REQUESTS_PER_MINUTE", "1200")

    async def ask_five(name: str) -> None:
        model = connect(ModelSpec(name, failing.address))
        await asyncio.gather(*(ask(model) for _ in range(5)))

    names = ("openai:tiny", "openai:small")
    loops = [threading.Thread(target=asyncio.run, args=(ask_five(name),)) for name in names]
    for loop in loops:
        loop.start()
    for loop in loops:
        loop.join()
    assert len(failing.times) == 10
    assert max(failing.times) - min(failing.times) >= 9 * 0.05 * 0.8


async def test_tokens_are_limited_by_what_replies_needed(
    failing: FailingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = len(prompt_for("actor")) / 4
    monkeypatch.setenv("BILLP_TOKENS_PER_MINUTE", str(60 * 10 * tokens))  # ten prompts a second
    model = connect(ModelSpec("openai:tiny", failing.address))
    await ask(model)  # a first call connects, which may take as long as all the turns
    await asyncio.gather(*(ask(model) for _ in range(5)))
    assert max(failing.times) - min(failing.times) >= 5 * 0.1 * 0.8


async def test_a_server_that_refuses_everybody_is_left_alone_by_everybody(
    failing: FailingServer,
) -> None:
    failing.retry_after = "0.5"
    failing.kinds.extend(["429"] * 3)
    models = [hurried(ModelSpec("openai:tiny", failing.address)) for _ in range(4)]
    calls = []
    for model in models:
        calls.append(asyncio.create_task(ask(model)))
        await asyncio.sleep(0.15)
    await asyncio.gather(*calls)
    refused, replies = failing.times[2], failing.times[3:]
    assert len(replies) == 4
    assert min(replies) - refused >= 0.5


@pytest.mark.parametrize("untaken", [("temperature",), ("seed",), ("temperature", "seed")])
async def test_options_that_a_server_does_not_take_are_left_out_and_said_so_once(
    untaken: tuple[str, ...], failing: FailingServer
) -> None:
    failing.untaken = untaken
    spec = ModelSpec("openai:tiny", failing.address)
    with pytest.warns(UserWarning, match="asked without") as warned:
        await ask(connect(spec))
    told = [str(one.message) for one in warned if one.category is UserWarning]
    assert sorted(re.findall(r"takes no (\w+)", " ".join(told))) == sorted(untaken)
    asked = len(failing.asked)
    await ask(connect(spec))
    assert len(failing.asked) == asked + 1
    assert not set(untaken) & set(failing.asked[-1])


async def test_usage_in_streams_is_left_out_where_it_is_not_taken(failing: FailingServer) -> None:
    failing.untaken = ("stream_options",)
    model = connect(ModelSpec("openai:tiny", failing.address))
    with pytest.warns(UserWarning, match="takes no stream_options"):
        await ask_in_stream(model)
    assert "stream_options" not in failing.asked[-1]


async def test_callers_that_learn_it_at_the_same_time_all_get_their_reply(
    failing: FailingServer,
) -> None:
    failing.untaken = ("temperature", "seed")
    failing.latency = 0.1
    model = connect(ModelSpec("openai:tiny", failing.address))
    with pytest.warns(UserWarning, match="takes no"):
        replies = await asyncio.gather(*(ask(model) for _ in range(8)))
    assert len({reply.text for reply in replies}) == 1


async def test_a_value_that_a_server_does_not_take_is_not_left_out_in_silence(
    failing: FailingServer,
) -> None:
    failing.kinds.append("range")
    model = connect(ModelSpec("openai:tiny", failing.address, temperature=2.0))
    with pytest.raises(RequestRefusedError, match="temperature must be at most 1"):
        await ask(model)
