"""A cached model gives the same reply to the same question, and only the first is paid for."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from blockbuster import blockbuster_ctx
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from models import (
    Ledger,
    LimitReachedError,
    Limits,
    ModelError,
    ModelSpec,
    ReplyCache,
    RequestRefusedError,
    Tokens,
    connect,
    from_chat_model,
)
from models.cached import cached
from tests.models.conftest import REPLY, TinyServer, ask


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
    model = connect(spec, cache=cache)
    first, second = [await ask(model) for _ in range(2)]
    assert len(server.asked) == 1
    assert first.text == second.text == REPLY
    assert first.tokens == second.tokens == Tokens(11, 4, cached=8)
    assert first.finish_reason == second.finish_reason == "stop"


@pytest.mark.parametrize(
    "change", [{"name": "openai:other"}, {"temperature": 0.4}, {"seed": 1}, {"epoch": 1}]
)
async def test_another_model_parameter_seed_or_pass_is_asked_anew(
    change: dict[str, Any], spec: ModelSpec, cache: ReplyCache, server: TinyServer
) -> None:
    for one in (spec, replace(spec, **change)):
        await ask(connect(one, cache=cache))
    assert len(server.asked) == 2


async def test_another_server_is_asked_anew(
    spec: ModelSpec, cache: ReplyCache, server: TinyServer
) -> None:
    by_name = replace(spec, base_url=server.address.replace("127.0.0.1", "localhost"))
    for one in (spec, by_name):
        await ask(connect(one, cache=cache))
    assert len(server.asked) == 2


async def test_other_words_and_senders_are_asked_anew(
    spec: ModelSpec, cache: ReplyCache, server: TinyServer
) -> None:
    model = connect(spec, cache=cache)
    for _ in range(2):
        await ask(model, [HumanMessage("a"), HumanMessage("b")])
        await ask(model, [HumanMessage("a b")])
        await ask(model, [SystemMessage("a"), HumanMessage("b")])
    assert len(server.asked) == 3


async def test_what_the_cache_knows_is_not_paid_for_and_no_limit_stops_it(
    spec: ModelSpec, cache: ReplyCache, tmp_path: Path
) -> None:
    with closing(Ledger(tmp_path / "calls.csv", limits=Limits(calls=1))) as ledger:
        model = connect(spec, ledger, cache)
        assert [(await ask(model)).text for _ in range(3)] == [REPLY] * 3
        assert ledger.totals.calls == 1
        with pytest.raises(LimitReachedError):
            await ask(model, "something else")


async def test_episodes_that_ask_the_same_at_once_pay_once(
    spec: ModelSpec, cache: ReplyCache, server: TinyServer, tmp_path: Path
) -> None:
    server.open.clear()
    with closing(Ledger(tmp_path / "calls.csv")) as ledger:
        models = [connect(spec, ledger, cache) for _ in range(4)]
        asking = [asyncio.create_task(ask(model)) for model in models]
        await asyncio.to_thread(server.wait_until_asked, 1)
        server.open.set()
        replies = await asyncio.gather(*asking)
        assert ledger.totals.calls == len(server.asked) == 1
    assert [reply.text for reply in replies] == [REPLY] * 4


async def test_a_failure_is_not_kept(
    spec: ModelSpec, cache: ReplyCache, server: TinyServer
) -> None:
    model = connect(spec, cache=cache)
    server.refuse = 1
    with pytest.raises(RequestRefusedError):
        await ask(model)
    assert (await ask(model)).text == REPLY


async def test_a_blank_reply_is_passed_on_and_not_kept(cache: ReplyCache) -> None:
    replies = iter([AIMessage(" "), AIMessage("yes")])
    model = cached(from_chat_model(GenericFakeChatModel(messages=replies)), ModelSpec(), cache)
    said = [(await ask(model)).text for _ in range(3)]
    assert said == [" ", "yes", "yes"]


async def test_no_secret_and_no_prompt_stands_in_the_file(
    server: TinyServer, cache: ReplyCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BILLP_API_KEY", "sk-secret")
    spec = ModelSpec("openai:tiny", server.address)
    await ask(connect(spec, cache=cache), "a private matter")
    cache.close()
    data = (tmp_path / "replies.sqlite").read_bytes()
    assert REPLY.encode() in data
    assert b"sk-secret" not in data
    assert b"private" not in data


async def test_on_an_event_loop_sqlite_only_reads(cache: ReplyCache) -> None:
    model = connect(ModelSpec(), cache=cache)
    with blockbuster_ctx() as watched:
        for name in ("Connection.execute", "Cursor.fetchone"):
            watched.functions[f"sqlite3.{name}"].can_block_in("models/reply_cache.py", "_read")
        replies = [(await ask(model)).text for _ in range(2)]
    assert replies == [(await ask(connect(ModelSpec()))).text] * 2


async def test_a_script_goes_on_whatever_it_is_asked(cache: ReplyCache, tmp_path: Path) -> None:
    script = tmp_path / "script.jsonl"
    script.write_text("".join(f'{{"role": "actor", "reply": "{n}"}}\n' for n in ("one", "two")))
    model = connect(ModelSpec(f"scripted:{script}"), cache=cache)
    assert [(await ask(model)).text for _ in range(2)] == ["one", "two"]


@pytest.mark.parametrize("reply", ['{"content": ', "[]", '{"content": 3}', "null"])
async def test_a_reply_that_was_tampered_with_is_never_given_out(
    reply: str, cache: ReplyCache, tmp_path: Path
) -> None:
    model = connect(ModelSpec(), cache=cache)
    await ask(model)
    with closing(sqlite3.connect(tmp_path / "replies.sqlite")) as file:
        file.execute("UPDATE replies SET reply = ?", [reply])
        file.commit()
    with pytest.raises(ModelError, match=r"is damaged \(a reply in it cannot be read\): delete it"):
        await ask(model)


@given(st.text(st.characters()).filter(str.strip))
async def test_whatever_a_model_says_is_kept_word_for_word(text: str) -> None:
    said = iter([AIMessage(text)])
    with TemporaryDirectory() as folder, closing(ReplyCache(Path(folder) / "r.sqlite")) as cache:
        model = cached(from_chat_model(GenericFakeChatModel(messages=said)), ModelSpec(), cache)
        assert [(await ask(model)).text for _ in range(2)] == [text, text]
