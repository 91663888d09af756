"""What servers can do to harm: no call hangs, fills the memory, goes elsewhere or keeps a key."""

import logging
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from langchain_openai import ChatOpenAI

from benchmarks.failing_server import FailingServer
from models import ModelSpec, RedirectedError, ServerFailedError, chat_model
from models.course import Course, Remote
from models.endpoint import Endpoint
from models.host import Host
from models.pace import Pace
from models.patience import Patience
from models.patient import PatientChatModel
from models.server import Server
from models.transport import LARGEST_REPLY
from tests.models.conftest import TinyServer, hurried, prompt_for
from tests.models.hostile import HostileServer, hostile
from tests.models.test_pace import Clock

ACTOR = prompt_for("actor")
KEY = "planted-4711"
both = pytest.mark.parametrize("threads", [False, True], ids=["loop", "thread"])


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def model_of(server: HostileServer | FailingServer, **changes: Any) -> PatientChatModel:
    return hurried(chat_model(ModelSpec("openai:m", server.address)), **changes)


async def ask(model: PatientChatModel, threads: bool, **options: Any) -> str:
    """The text of a reply, from whichever of the model's two sides."""
    if threads:
        return model.invoke(ACTOR, **options).text
    return (await model.ainvoke(ACTOR, **options)).text


@both
async def test_a_stream_that_never_ends_is_left_in_time(
    threads: bool, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.transport.LARGEST_REPLY", 200_000_000)  # more than comes in time
    caplog.set_level(logging.INFO, "models.course")
    with hostile("tokens") as server:
        model = model_of(server, timeout=0.5, timeouts_in_all=100, attempts=3)
        with pytest.raises(ServerFailedError, match="did not answer in time"):
            await ask(model, threads, stream=True)
    assert all("did not answer in time" in message for message in caplog.messages)


def test_no_other_timeout_swallows_the_cancellation_of_ours() -> None:
    client = chat_model(ModelSpec("openai:m", "http://127.0.0.1:9/v1"))
    assert isinstance(client, PatientChatModel)
    assert isinstance(client.inner, ChatOpenAI)
    assert client.inner.stream_chunk_timeout == 0  # asyncio.wait_for does, now and then, in 3.11


@both
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_a_reply_without_end_is_not_read_to_its_end(threads: bool, stream: bool) -> None:
    with hostile("blanks") as server:
        model = model_of(server, timeout=30.0, attempts=2)
        with pytest.raises(ServerFailedError, match="answer is longer than 8 MB"):
            await ask(model, threads, **({"stream": True} if stream else {}))
    assert server.asked == 2
    assert server.sent < 10 * LARGEST_REPLY


@both
async def test_nobody_is_followed_elsewhere(
    threads: bool, server: TinyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BILLP_API_KEY", KEY)
    elsewhere = server.address.replace("//", f"//me:{KEY}@")
    with (
        hostile("redirect", f"{elsewhere}/chat/completions?key={KEY}") as from_here,
        pytest.raises(RedirectedError, match="it redirects to") as caught,
    ):
        await ask(model_of(from_here), threads)
    assert (from_here.asked, server.asked) == (1, [])
    assert f"redirects to {server.address})" in str(caught.value)
    assert KEY not in str(caught.value)


@both
async def test_a_redirection_within_the_server_is_named_too(threads: bool) -> None:
    with (
        hostile("redirect", "/v2/chat/completions") as server,
        pytest.raises(RedirectedError) as caught,
    ):
        await ask(model_of(server), threads)
    assert f"redirects to {server.address.replace('/v1', '/v2')})" in str(caught.value)


async def test_a_redirection_to_nowhere_is_told() -> None:
    with hostile("redirect", "") as server, pytest.raises(RedirectedError, match="nowhere"):
        await ask(model_of(server), False)


@both
async def test_a_key_that_a_server_repeats_is_not_kept(
    threads: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BILLP_API_KEY", KEY)
    with hostile("repeat") as server:
        model = model_of(server)
        reply = model.invoke(ACTOR) if threads else await model.ainvoke(ACTOR)
    assert reply.text == "recommend[***]"
    assert reply.response_metadata["model_name"] == "m-***"
    assert KEY not in repr(reply)


@pytest.mark.parametrize("told", ["86400", "1e308", "Fri, 31 Dec 9999 23:59:59 GMT"])
@both
async def test_a_server_that_asks_for_absurd_patience_holds_nobody(
    told: str, threads: bool, failing: FailingServer
) -> None:
    failing.retry_after = told
    failing.kinds.extend(["429"] * 3)
    model = model_of(failing, timeout=20.0)
    for _ in range(4):
        with pytest.raises(ServerFailedError, match="is to be left alone for") as caught:
            await ask(model, threads)
        assert len(str(caught.value)) < 300
    assert len(failing.asked) == 3


class BusyError(Exception):
    """What a client raises for a 429."""

    status_code = 429
    response = SimpleNamespace(headers={"retry-after": "86400"})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def remote(clock: Clock) -> Remote:
    """A model whose calls may take ten seconds."""
    endpoint = Endpoint(Host(Pace(clock=clock)))
    return Remote("m", Server("http://h/v1"), endpoint, Patience(10.0, 1, in_all_at_least=0.0))


def begun(course: Course, clock: Clock, meanwhile: Callable[[], None] = lambda: None) -> float:
    """How long a call's request may take, once its turn has come."""
    with course.turn() as waits:
        for seconds in waits:
            clock.now += seconds
            meanwhile()
    return course.begin()


def test_a_server_that_holds_all_off_is_asked_again_after_a_while(
    clock: Clock, remote: Remote
) -> None:
    for _ in range(3):
        course = Course(remote, [])
        begun(course, clock)
        assert course.blames(BusyError())
        with pytest.raises(ServerFailedError, match="left alone for 86400 s"):
            course.pause()
    with pytest.raises(ServerFailedError, match="refuses everybody for now"):
        begun(Course(remote, []), clock)
    clock.now += remote.patience.in_all + 1.0
    assert begun(Course(remote, []), clock) > 0.0


def test_what_a_server_holds_a_call_off_counts_as_its_time(clock: Clock, remote: Remote) -> None:
    remote.host.pace.pause(4.0)
    assert begun(Course(remote, []), clock) == pytest.approx(6.0)


def test_a_call_does_not_wait_for_pause_after_pause(clock: Clock, remote: Remote) -> None:
    began = clock.now
    remote.host.pace.pause(4.0)
    with pytest.raises(ServerFailedError, match="left alone"):
        begun(Course(remote, []), clock, lambda: remote.host.pace.pause(4.0))
    assert clock.now - began <= 10.0
