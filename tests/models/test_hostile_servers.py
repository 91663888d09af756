"""What servers can do to harm: no call hangs, fills the memory, goes elsewhere or keeps a key."""

import logging
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage
from langchain_openai import ChatOpenAI

from models import (
    FREE,
    ChatCall,
    Form,
    ModelSpec,
    RedirectedError,
    Reply,
    Role,
    ServerFailedError,
    Tokens,
    connect,
)
from models.completions.connection import LARGEST_REPLY
from models.rate_limit import RateLimit
from models.retry import Endpoint, RetryPolicy, retried
from models.server import Server
from models.server_state import ModelState, ServerState
from tests.models.conftest import TinyServer, ask, ask_in_stream, hurried
from tests.models.hostile import HostileServer, hostile
from tests.models.test_rate_limit import Clock
from tests.servers.failing_server import FailingServer

KEY = "planted-4711"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def model_of(server: HostileServer | FailingServer, **changes: Any) -> ChatCall:
    return hurried(ModelSpec("openai:m", server.address), **changes)


async def test_a_stream_that_never_ends_is_left_in_time(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "models.completions.connection.LARGEST_REPLY", 200_000_000
    )  # more than comes in time
    caplog.set_level(logging.INFO, "models.retry")
    with hostile("tokens") as server:
        model = model_of(server, timeout=0.5, timeouts_in_all=100, attempts=3)
        with pytest.raises(ServerFailedError, match="did not answer in time"):
            await ask_in_stream(model)
    assert all("did not answer in time" in message for message in caplog.messages)


async def test_no_other_timeout_swallows_the_cancellation_of_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[ChatOpenAI] = []

    def kept(*told: Any, **options: Any) -> ChatOpenAI:
        made.append(ChatOpenAI(*told, **options))
        return made[-1]

    monkeypatch.setattr("models.completions.sdk.ChatOpenAI", kept)
    monkeypatch.setenv("BILLP_OPENAI_CLIENT", "langchain")
    connect(ModelSpec("openai:m", "http://127.0.0.1:9/v1"))
    assert made[0].stream_chunk_timeout == 0  # asyncio.wait_for does, now and then, in 3.11


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_a_reply_without_end_is_not_read_to_its_end(stream: bool) -> None:
    with hostile("blanks") as server:
        model = model_of(server, timeout=30.0, attempts=2)
        with pytest.raises(ServerFailedError, match="answer is longer than 8 MB"):
            await (ask_in_stream(model) if stream else ask(model))
    assert server.asked == 2
    assert server.sent < 10 * LARGEST_REPLY


async def test_nobody_is_followed_elsewhere(
    server: TinyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BILLP_API_KEY", KEY)
    elsewhere = server.address.replace("//", f"//me:{KEY}@")
    with (
        hostile("redirect", f"{elsewhere}/chat/completions?key={KEY}") as from_here,
        pytest.raises(RedirectedError, match="it redirects to") as caught,
    ):
        await ask(model_of(from_here))
    assert (from_here.asked, server.asked) == (1, [])
    assert f"redirects to {server.address})" in str(caught.value)
    assert KEY not in str(caught.value)


async def test_a_redirection_within_the_server_is_named_too() -> None:
    with (
        hostile("redirect", "/v2/chat/completions") as server,
        pytest.raises(RedirectedError) as caught,
    ):
        await ask(model_of(server))
    assert f"redirects to {server.address.replace('/v1', '/v2')})" in str(caught.value)


async def test_a_redirection_to_nowhere_is_told() -> None:
    with hostile("redirect", "") as server, pytest.raises(RedirectedError, match="nowhere"):
        await ask(model_of(server))


async def test_a_key_that_a_server_repeats_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLP_API_KEY", KEY)
    with hostile("repeat") as server:
        model = model_of(server)
        reply = await ask(model)
    assert reply.text == "recommend[***]"
    assert reply.message.response_metadata["model_name"] == "m-***"
    assert KEY not in repr(reply)


@pytest.mark.parametrize("told", ["86400", "1e308", "Fri, 31 Dec 9999 23:59:59 GMT"])
async def test_a_server_that_asks_for_absurd_patience_holds_nobody(
    told: str, failing: FailingServer
) -> None:
    failing.retry_after = told
    failing.kinds.extend(["429"] * 3)
    model = model_of(failing, timeout=20.0)
    for _ in range(4):
        with pytest.raises(ServerFailedError, match="is to be left alone for") as caught:
            await ask(model)
        assert len(str(caught.value)) < 300
    assert len(failing.asked) == 3


class Busy:
    """A server before which time passes as requests and pauses take it; it refuses as told."""

    def __init__(self, clock: Clock, monkeypatch: pytest.MonkeyPatch, **bounds: Any) -> None:
        self.clock, self.refusals, self.limits = clock, 0, list[float]()
        state = ModelState(ServerState(RateLimit(clock=clock)))
        self.rate_limit = state.server.rate_limit
        endpoint = Endpoint("m", Server("http://h/v1"), state)
        policy = RetryPolicy(10.0, 1, in_all_at_least=0.0)
        self.chat = retried(self._answer, endpoint, policy)
        monkeypatch.setattr("models.retry.asyncio.sleep", self._sleep)
        monkeypatch.setattr("models.retry.asyncio.timeout", self._timeout)
        monkeypatch.setattr("models.retry.time.monotonic", clock)
        monkeypatch.setattr("models.server_state.time.monotonic", clock)
        self.meanwhile: Callable[[], None] = lambda: None

    async def _answer(
        self, role: Role, messages: Sequence[BaseMessage], form: Form = FREE
    ) -> Reply:
        if self.refusals:
            self.refusals -= 1
            raise BusyError
        return Reply(AIMessage("7", response_metadata={"finish_reason": "stop"}), Tokens(1, 1))

    async def _sleep(self, seconds: float) -> None:
        self.clock.now += seconds
        self.meanwhile()

    def _timeout(self, seconds: float) -> Any:
        self.limits.append(seconds)
        return nullcontext()


class BusyError(Exception):
    """What a client raises for a 429."""

    status_code = 429
    response = SimpleNamespace(headers={"retry-after": "86400"})


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> Busy:
    """A model whose calls may take ten seconds."""
    return Busy(Clock(), monkeypatch)


async def test_a_server_that_holds_all_off_is_asked_again_after_a_while(busy: Busy) -> None:
    busy.refusals = 3
    for _ in range(3):
        with pytest.raises(ServerFailedError, match="left alone for 86400 s"):
            await ask(busy.chat)
    with pytest.raises(ServerFailedError, match="refuses everybody for now"):
        await ask(busy.chat)
    assert busy.refusals == 0
    busy.clock.now += 10.0 + 1.0
    assert (await ask(busy.chat)).text == "7"


async def test_what_a_server_holds_a_call_off_counts_as_its_time(busy: Busy) -> None:
    busy.rate_limit.pause(4.0)
    await ask(busy.chat)
    assert busy.limits == [pytest.approx(6.0)]


async def test_a_call_does_not_wait_for_pause_after_pause(busy: Busy) -> None:
    began = busy.clock.now
    busy.meanwhile = lambda: busy.rate_limit.pause(4.0)
    busy.rate_limit.pause(4.0)
    with pytest.raises(ServerFailedError, match="left alone"):
        await ask(busy.chat)
    assert busy.clock.now - began <= 10.0
