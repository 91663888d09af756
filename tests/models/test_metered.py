"""A metered model is the model inside, with the ledger before and after each call."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from blockbuster import blockbuster_ctx
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import BaseChatModel, GenericFakeChatModel
from langchain_core.messages import AIMessage
from langgraph.graph import MessagesState, StateGraph

from models import (
    Call,
    CallFile,
    Ledger,
    LimitReachedError,
    Limits,
    ModelError,
    ModelSpec,
    OfflineChatModel,
    Prices,
    RequestRefusedError,
    StoppedError,
    Tokens,
    chat_model,
    dressed,
    exact_name,
)
from tests.models.conftest import REPLY, TinyServer, prompt_for

ACTOR = prompt_for("actor")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "calls.csv"


def recorded(file: Path) -> list[Call]:
    with closing(CallFile(file)) as calls:
        return list(calls.calls())


@pytest.fixture
def ledger(file: Path) -> Iterator[Ledger]:
    with closing(Ledger(file)) as ledger:
        yield ledger


@pytest.fixture
def spec(server: TinyServer) -> ModelSpec:
    return ModelSpec("openai:tiny", server.address)


@pytest.fixture
def model(spec: ModelSpec, ledger: Ledger) -> BaseChatModel:
    return dressed(chat_model(spec), spec, ledger)


async def test_a_reply_comes_with_its_usage_and_is_recorded(
    model: BaseChatModel, spec: ModelSpec, ledger: Ledger, file: Path
) -> None:
    reply = await model.ainvoke(ACTOR)
    assert reply.text == REPLY
    assert reply.usage_metadata is not None
    assert reply.usage_metadata["input_tokens"] == 11
    [call] = recorded(file)
    assert (call.role, call.model, call.tokens) == ("actor", exact_name(spec), Tokens(11, 4, 8))
    assert call.seconds >= 0
    assert ledger.totals.calls == 1


def test_asking_without_an_event_loop_is_recorded_as_well(model: BaseChatModel, file: Path) -> None:
    assert model.invoke(prompt_for("critic")).text == REPLY
    assert [call.role for call in recorded(file)] == ["critic"]


async def test_tokens_that_the_server_did_not_count_are_recorded_as_an_estimate(
    model: BaseChatModel, server: TinyServer, file: Path
) -> None:
    server.usage = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    await model.ainvoke("x" * 40)
    [call] = recorded(file)
    assert (call.role, call.tokens) == (None, Tokens(10, 4, estimated=True))


async def test_a_failed_call_costs_nothing_and_leaves_its_place(
    spec: ModelSpec, server: TinyServer, tmp_path: Path
) -> None:
    with closing(Ledger(tmp_path / "calls.csv", limits=Limits(calls=1))) as ledger:
        model = dressed(chat_model(spec), spec, ledger)
        server.refuse = 1
        with pytest.raises(RequestRefusedError):
            await model.ainvoke(ACTOR)
        assert ledger.totals.calls == 0
        assert (await model.ainvoke(ACTOR)).text == REPLY


async def test_a_cancelled_call_leaves_its_place(
    spec: ModelSpec, server: TinyServer, tmp_path: Path
) -> None:
    with closing(Ledger(tmp_path / "calls.csv", limits=Limits(calls=1))) as ledger:
        model = dressed(chat_model(spec), spec, ledger)
        server.open.clear()
        asking = asyncio.create_task(model.ainvoke(ACTOR))
        await asyncio.to_thread(server.wait_until_asked, 1)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        server.open.set()
        await model.ainvoke(ACTOR)
        assert ledger.totals.calls == 1


async def test_sixteen_episodes_at_once_send_no_more_requests_than_the_limit(
    spec: ModelSpec, server: TinyServer, tmp_path: Path
) -> None:
    async def episode(model: BaseChatModel) -> None:
        while True:
            await model.ainvoke(ACTOR)

    with closing(Ledger(tmp_path / "calls.csv", limits=Limits(calls=37))) as ledger:
        model = dressed(chat_model(spec), spec, ledger)
        playing = [episode(model) for _ in range(16)]
        ends = await asyncio.gather(*playing, return_exceptions=True)
    assert {type(end) for end in ends} == {LimitReachedError}
    assert len(server.asked) == ledger.totals.calls == 37


async def test_after_a_stop_those_under_way_end_and_no_other_starts(
    model: BaseChatModel, ledger: Ledger, server: TinyServer
) -> None:
    server.open.clear()
    asking = asyncio.create_task(model.ainvoke(ACTOR))
    await asyncio.to_thread(server.wait_until_asked, 1)
    ledger.stop("enough")
    with pytest.raises(StoppedError, match="enough"):
        await model.ainvoke(ACTOR)
    server.open.set()
    assert (await asking).text == REPLY
    assert (ledger.totals.calls, len(server.asked)) == (1, 1)


def test_a_model_of_unknown_price_is_refused_under_a_limit_on_money(tmp_path: Path) -> None:
    spec = ModelSpec("openai:tiny", "http://localhost:8000/v1")
    ledger = Ledger(tmp_path / "calls.csv", Prices({}), Limits(money=1.0))
    with closing(ledger), pytest.raises(ModelError, match=r"openai:tiny@http://localhost:8000/v1"):
        dressed(chat_model(spec), spec, ledger)


async def test_no_event_loop_waits_for_a_file(ledger: Ledger) -> None:
    model = dressed(OfflineChatModel(), ModelSpec(), ledger)
    with blockbuster_ctx():
        await model.ainvoke(ACTOR)
    assert ledger.totals.calls == 1


class Watcher(BaseCallbackHandler):
    """Counts what a tracer is told."""

    def __init__(self) -> None:
        self.started: list[tuple[Any, ...]] = []
        self.ended = 0

    def on_chat_model_start(self, serialized: Any, messages: Any, **told: Any) -> None:
        metadata = {key: told["metadata"].get(key) for key in ("ls_provider", "ls_model_name")}
        self.started.append((serialized, metadata, told["invocation_params"]))

    def on_llm_end(self, response: Any, **kwargs: Any) -> None:
        self.ended += 1


async def test_tracers_see_one_call_and_it_looks_like_one_of_the_model_inside(
    model: BaseChatModel, spec: ModelSpec
) -> None:
    dressed_up, plain = Watcher(), Watcher()
    await model.ainvoke(ACTOR, {"callbacks": [dressed_up]})
    await chat_model(spec).ainvoke(ACTOR, {"callbacks": [plain]})
    assert dressed_up.ended == 1
    assert [told[1:] for told in dressed_up.started] == [told[1:] for told in plain.started]
    assert dressed_up.started[0][0]["id"] == plain.started[0][0]["id"]


async def test_who_watches_the_model_inside_sees_its_calls(ledger: Ledger) -> None:
    watcher = Watcher()
    inside = GenericFakeChatModel(messages=iter([AIMessage("yes")]), callbacks=[watcher])
    await dressed(inside, ModelSpec(), ledger).ainvoke(ACTOR)
    assert (len(watcher.started), watcher.ended) == (1, 1)


async def test_a_graph_that_streams_gets_the_tokens_as_they_come(
    model: BaseChatModel, server: TinyServer, file: Path
) -> None:
    async def speak(state: MessagesState) -> dict[str, Any]:
        return {"messages": [await model.ainvoke(state["messages"])]}

    builder = StateGraph(MessagesState).add_node("speak", speak)
    graph = builder.set_entry_point("speak").compile()
    start: Any = {"messages": [("user", ACTOR)]}
    pieces: Any = [piece async for piece, _ in graph.astream(start, stream_mode="messages")]
    assert server.asked[0]["stream"]
    assert [piece.text for piece in pieces if piece.text] == ["reco", "mmen", "d[Br", "aid]"]
    assert [call.tokens for call in recorded(file)] == [Tokens(11, 4, 8)]
