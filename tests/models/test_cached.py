"""A cached model gives the same reply to the same question, and only the first is paid for."""

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from blockbuster import blockbuster_ctx
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from models import (
    Ledger,
    LimitReachedError,
    Limits,
    ModelError,
    ModelSpec,
    OfflineChatModel,
    ReplyCache,
    RequestRefusedError,
    ScriptedChatModel,
    chat_model,
    dressed,
)
from models.cached import written
from tests.models.conftest import REPLY, TinyServer, prompt_for

ACTOR = prompt_for("actor")


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[ReplyCache]:
    with closing(ReplyCache(tmp_path / "replies.sqlite")) as cache:
        yield cache


@pytest.fixture
def spec(server: TinyServer) -> ModelSpec:
    return ModelSpec("openai:tiny", server.address)


async def test_a_reply_is_the_same_when_it_comes_from_the_cache_with_all_that_it_cost(
    spec: ModelSpec, cache: ReplyCache, server: TinyServer
) -> None:
    model = dressed(chat_model(spec), spec, cache=cache)
    first, second = [await model.ainvoke(ACTOR) for _ in range(2)]
    assert len(server.asked) == 1
    assert first.text == second.text == REPLY
    assert first.usage_metadata == second.usage_metadata
    assert second.usage_metadata is not None
    assert second.usage_metadata["input_token_details"]["cache_read"] == 8
    assert second.response_metadata["finish_reason"] == "stop"
    assert first.id != second.id


def test_asking_without_an_event_loop_is_cached_as_well(
    spec: ModelSpec, cache: ReplyCache, server: TinyServer
) -> None:
    model = dressed(chat_model(spec), spec, cache=cache)
    assert [model.invoke(ACTOR).text for _ in range(2)] == [REPLY, REPLY]
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"name": "openai:other"},
        {"temperature": 0.4},
        {"seed": 1},
        {"epoch": 1},
    ],
)
async def test_another_model_parameter_seed_or_pass_is_asked_anew(
    change: dict[str, Any], spec: ModelSpec, cache: ReplyCache, server: TinyServer
) -> None:
    for one in (spec, replace(spec, **change)):
        await dressed(chat_model(one), one, cache=cache).ainvoke(ACTOR)
    assert len(server.asked) == 2


async def test_another_server_is_asked_anew(
    spec: ModelSpec, cache: ReplyCache, server: TinyServer
) -> None:
    by_name = replace(spec, base_url=server.address.replace("127.0.0.1", "localhost"))
    for one in (spec, by_name):
        await dressed(chat_model(one), one, cache=cache).ainvoke(ACTOR)
    assert len(server.asked) == 2


async def test_other_words_roles_and_ends_are_asked_anew(
    spec: ModelSpec, cache: ReplyCache, server: TinyServer
) -> None:
    model = dressed(chat_model(spec), spec, cache=cache)
    for _ in range(2):
        await model.ainvoke([HumanMessage("a"), HumanMessage("b")])
        await model.ainvoke([HumanMessage("a b")])
        await model.ainvoke([SystemMessage("a"), HumanMessage("b")])
        await model.ainvoke([SystemMessage("a"), HumanMessage("b")], stop=["c"])
        await model.ainvoke([SystemMessage("a"), HumanMessage("b")], max_tokens=9)
    assert len(server.asked) == 5


async def test_what_the_cache_knows_is_not_paid_for_and_no_limit_stops_it(
    spec: ModelSpec, cache: ReplyCache, tmp_path: Path
) -> None:
    with closing(Ledger(tmp_path / "calls.csv", limits=Limits(calls=1))) as ledger:
        model = dressed(chat_model(spec), spec, ledger, cache)
        assert [(await model.ainvoke(ACTOR)).text for _ in range(3)] == [REPLY] * 3
        assert ledger.totals.calls == 1
        with pytest.raises(LimitReachedError):
            await model.ainvoke("something else")


async def test_episodes_that_ask_the_same_at_once_pay_once(
    spec: ModelSpec, cache: ReplyCache, server: TinyServer, tmp_path: Path
) -> None:
    server.open.clear()
    with closing(Ledger(tmp_path / "calls.csv")) as ledger:
        models = [dressed(chat_model(spec), spec, ledger, cache) for _ in range(4)]
        asking = [asyncio.create_task(model.ainvoke(ACTOR)) for model in models]
        await asyncio.to_thread(server.wait_until_asked, 1)
        server.open.set()
        replies = await asyncio.gather(*asking)
        assert ledger.totals.calls == len(server.asked) == 1
    assert [reply.text for reply in replies] == [REPLY] * 4
    assert len({reply.id for reply in replies}) == 4


async def test_a_failure_is_not_kept(
    spec: ModelSpec, cache: ReplyCache, server: TinyServer
) -> None:
    model = dressed(chat_model(spec), spec, cache=cache)
    server.refuse = 1
    with pytest.raises(RequestRefusedError):
        await model.ainvoke(ACTOR)
    assert (await model.ainvoke(ACTOR)).text == REPLY


async def test_a_blank_reply_is_passed_on_and_not_kept(cache: ReplyCache) -> None:
    replies = iter([AIMessage(" "), AIMessage("yes")])
    model = dressed(GenericFakeChatModel(messages=replies), ModelSpec(), cache=cache)
    said = [(await model.ainvoke(ACTOR)).text for _ in range(3)]
    assert said == [" ", "yes", "yes"]


async def test_no_secret_and_no_prompt_stands_in_the_file(
    server: TinyServer, cache: ReplyCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BILLP_API_KEY", "sk-secret")
    spec = ModelSpec("openai:tiny", server.address)
    await dressed(chat_model(spec), spec, cache=cache).ainvoke("a private matter")
    cache.close()
    data = (tmp_path / "replies.sqlite").read_bytes()
    assert REPLY.encode() in data
    assert b"sk-secret" not in data
    assert b"private" not in data


async def test_no_event_loop_waits_for_sqlite(cache: ReplyCache) -> None:
    model = dressed(OfflineChatModel(), ModelSpec(), cache=cache)
    with blockbuster_ctx():
        replies = [(await model.ainvoke(ACTOR)).text for _ in range(2)]
    assert replies == [OfflineChatModel().invoke(ACTOR).text] * 2


def test_a_script_goes_on_whatever_it_is_asked(cache: ReplyCache) -> None:
    script = ScriptedChatModel(replies={"actor": ["one", "two"]})
    model = dressed(script, ModelSpec("scripted:replies.jsonl"), cache=cache)
    assert [model.invoke(ACTOR).text for _ in range(2)] == ["one", "two"]


@pytest.mark.parametrize("reply", ['{"content": ', "[]", '{"content": 3}', "null"])
def test_a_reply_that_was_tampered_with_is_never_given_out(
    reply: str, cache: ReplyCache, tmp_path: Path
) -> None:
    model = dressed(OfflineChatModel(), ModelSpec(), cache=cache)
    model.invoke(ACTOR)
    with closing(sqlite3.connect(tmp_path / "replies.sqlite")) as file:
        file.execute("UPDATE replies SET reply = ?", [reply])
        file.commit()
    with pytest.raises(ModelError, match=r"is damaged \(a reply in it cannot be read\): delete it"):
        model.invoke(ACTOR)


@given(st.text(st.characters()))
def test_whatever_a_model_says_is_kept_word_for_word(text: str) -> None:
    result = ChatResult(generations=[ChatGeneration(message=AIMessage(text))])
    assert AIMessage(**json.loads(written(result))).text == text


async def test_a_cache_that_is_not_wanted_leaves_the_model_as_it_is() -> None:
    model = GenericFakeChatModel(messages=iter([]))
    assert dressed(model, ModelSpec()) is model
