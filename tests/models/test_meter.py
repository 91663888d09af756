"""A metered model is the model inside, with the ledger before and after each call."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from blockbuster import blockbuster_ctx
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableLambda

from models import (
    ChatCall,
    Ledger,
    LimitReachedError,
    Limits,
    ModelError,
    ModelSpec,
    Prices,
    RequestRefusedError,
    StoppedError,
    Tokens,
    connect,
    exact_name,
    from_chat_model,
)
from models.call_log import CallLog, PaidCall
from models.meter import metered
from tests.models.conftest import REPLY, TinyServer, ask, ask_in_stream


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "calls.csv"


def recorded(file: Path) -> list[PaidCall]:
    return list(CallLog(file).calls())


@pytest.fixture
def ledger(file: Path) -> Iterator[Ledger]:
    with closing(Ledger(file)) as ledger:
        yield ledger


@pytest.fixture
def spec(server: TinyServer) -> ModelSpec:
    return ModelSpec("openai:tiny", server.address)


@pytest.fixture
def model(spec: ModelSpec, ledger: Ledger) -> ChatCall:
    return connect(spec, ledger)


async def test_a_reply_comes_with_its_usage_and_is_recorded(
    model: ChatCall, spec: ModelSpec, ledger: Ledger, file: Path
) -> None:
    reply = await ask(model)
    assert reply.text == REPLY
    assert reply.tokens == Tokens(11, 4, 8)
    [call] = recorded(file)
    assert (call.role, call.model, call.tokens) == ("actor", exact_name(spec), Tokens(11, 4, 8))
    assert call.seconds >= 0
    assert ledger.totals.calls == 1


async def test_tokens_that_the_server_did_not_count_are_recorded_as_an_estimate(
    model: ChatCall, server: TinyServer, file: Path
) -> None:
    server.usage = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    await ask(model, "x" * 40)
    [call] = recorded(file)
    assert (call.role, call.tokens) == ("actor", Tokens(10, 4, estimated=True))


async def test_a_failed_call_costs_nothing_and_leaves_its_place(
    spec: ModelSpec, server: TinyServer, tmp_path: Path
) -> None:
    with closing(Ledger(tmp_path / "calls.csv", limits=Limits(calls=1))) as ledger:
        model = connect(spec, ledger)
        server.refuse = 1
        with pytest.raises(RequestRefusedError):
            await ask(model)
        assert ledger.totals.calls == 0
        assert (await ask(model)).text == REPLY


async def test_a_cancelled_call_leaves_its_place(
    spec: ModelSpec, server: TinyServer, tmp_path: Path
) -> None:
    with closing(Ledger(tmp_path / "calls.csv", limits=Limits(calls=1))) as ledger:
        model = connect(spec, ledger)
        server.open.clear()
        asking = asyncio.create_task(ask(model))
        await asyncio.to_thread(server.wait_until_asked, 1)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        server.open.set()
        await ask(model)
        assert ledger.totals.calls == 1


async def test_sixteen_episodes_at_once_send_no_more_requests_than_the_limit(
    spec: ModelSpec, server: TinyServer, tmp_path: Path
) -> None:
    async def episode(model: ChatCall) -> None:
        while True:
            await ask(model)

    with closing(Ledger(tmp_path / "calls.csv", limits=Limits(calls=37))) as ledger:
        model = connect(spec, ledger)
        playing = [episode(model) for _ in range(16)]
        ends = await asyncio.gather(*playing, return_exceptions=True)
    assert {type(end) for end in ends} == {LimitReachedError}
    assert len(server.asked) == ledger.totals.calls == 37


async def test_after_a_stop_those_under_way_end_and_no_other_starts(
    model: ChatCall, ledger: Ledger, server: TinyServer
) -> None:
    server.open.clear()
    asking = asyncio.create_task(ask(model))
    await asyncio.to_thread(server.wait_until_asked, 1)
    ledger.stop("enough")
    with pytest.raises(StoppedError, match="enough"):
        await ask(model)
    server.open.set()
    assert (await asking).text == REPLY
    assert (ledger.totals.calls, len(server.asked)) == (1, 1)


def test_a_model_of_unknown_price_is_refused_under_a_limit_on_money(tmp_path: Path) -> None:
    spec = ModelSpec("openai:tiny", "http://localhost:8000/v1")
    ledger = Ledger(tmp_path / "calls.csv", Prices({}), Limits(money=1.0))
    with closing(ledger), pytest.raises(ModelError, match=r"openai:tiny@http://localhost:8000/v1"):
        connect(spec, ledger)


async def test_no_event_loop_waits_for_a_file(ledger: Ledger) -> None:
    model = connect(ModelSpec(), ledger)
    with blockbuster_ctx():
        await ask(model)
    assert ledger.totals.calls == 1


class Watcher(BaseCallbackHandler):
    """Keeps what a tracer is told."""

    def __init__(self) -> None:
        self.started: list[dict[str, Any]] = []
        self.usage: list[Any] = []

    def on_chat_model_start(self, serialized: Any, messages: Any, **told: Any) -> None:
        self.started.append(told)

    def on_llm_end(self, response: Any, **kwargs: Any) -> None:
        self.usage.append(response.generations[0][0].message.usage_metadata)


async def test_tracers_see_the_models_own_run_with_its_role_and_tokens(model: ChatCall) -> None:
    watcher = Watcher()

    async def speak(_: Any) -> str:
        return (await ask(model, role="critic")).text

    await RunnableLambda(speak).ainvoke(None, {"callbacks": [watcher]})
    [run] = watcher.started
    assert (run["name"], run["tags"], run["metadata"]["role"]) == ("critic", ["critic"], "critic")
    assert run["metadata"]["ls_model_name"] == "tiny"
    [usage] = watcher.usage
    assert (usage["input_tokens"], usage["output_tokens"]) == (11, 4)


async def test_a_callers_own_model_and_its_callbacks_are_used(ledger: Ledger) -> None:
    watcher = Watcher()
    own = GenericFakeChatModel(messages=iter([AIMessage("yes")]), callbacks=[watcher])
    reply = await ask(metered(from_chat_model(own), ModelSpec(), ledger))
    assert reply.text == "yes"
    assert len(watcher.started) == len(watcher.usage) == 1


async def test_a_graph_that_streams_gets_the_tokens_as_they_come(
    model: ChatCall, server: TinyServer, file: Path
) -> None:
    assert await ask_in_stream(model) == ["reco", "mmen", "d[Br", "aid]"]
    assert server.asked[0]["stream"]
    assert [call.tokens for call in recorded(file)] == [Tokens(11, 4, 8)]
