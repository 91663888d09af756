"""A metered model is the model inside, with the ledger before and after each call."""

import asyncio
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest
from blockbuster import blockbuster_ctx
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.caches import InMemoryCache
from langchain_core.callbacks import BaseCallbackHandler, get_usage_metadata_callback
from langchain_core.globals import set_llm_cache
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.runnables import RunnableLambda

from models import (
    FREE,
    ROLES,
    ChatCall,
    Form,
    Ledger,
    LimitReachedError,
    Limits,
    ModelError,
    ModelSpec,
    Price,
    Prices,
    Reply,
    ReplyTokens,
    RequestRefusedError,
    Role,
    StoppedError,
    Tokens,
    connect,
    exact_name,
    from_chat_model,
)
from models.call_log import CallLog, PaidCall
from models.meter import metered
from models.reply_length import ROOM
from models.tokens import most_in_prompt
from tests.models.conftest import REPLY, TinyServer, ask, ask_in_stream, hurried

LOOPS, CALLERS = 3, 6  # callers in each event loop
SHORT = [HumanMessage("x" * 40)]  # 36 tokens at most
ACTOR = most_in_prompt(SHORT) + ReplyTokens().actor


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


@pytest.mark.parametrize("limits", [Limits(tokens=ACTOR - 1), Limits(money=0.00001)])
async def test_a_limit_smaller_than_one_call_is_told_before_anything_is_sent(
    limits: Limits, spec: ModelSpec, server: TinyServer, file: Path
) -> None:
    prices = Prices({exact_name(spec): Price(input=1.0, cached=0.1, output=10.0)})
    with closing(Ledger(file, prices, limits)) as ledger:
        told = (
            r"limit of (83 tokens|1e-05 USD) is reached \(0 \w+.*, the next call may need 0?.*\d\)"
        )
        with pytest.raises(LimitReachedError, match=told):
            await ask(connect(spec, ledger), [*SHORT])
    assert server.asked == []


async def test_a_role_with_room_reserves_all_of_it(
    spec: ModelSpec, server: TinyServer, file: Path
) -> None:
    with closing(Ledger(file, limits=Limits(tokens=ROOM))) as ledger:
        model = connect(spec, ledger)
        await ask(model, [*SHORT])
        with pytest.raises(LimitReachedError, match=f"may need {ROOM + 36}"):
            await model("actor", SHORT, Form(room="thinking"))
        with pytest.raises(LimitReachedError, match=f"may need {ROOM + 36}"):
            await ask(model, [*SHORT])
        await ask(model, [*SHORT], role="critic")
    assert len(server.asked) == 2


async def test_a_call_waits_for_what_those_in_flight_may_not_use_after_all(
    spec: ModelSpec, server: TinyServer, file: Path
) -> None:
    with closing(Ledger(file, limits=Limits(tokens=ACTOR + 15))) as ledger:
        model = connect(spec, ledger)
        server.open.clear()
        asking = [asyncio.create_task(ask(model, [*SHORT])) for _ in range(3)]
        await asyncio.to_thread(server.wait_until_asked, 1)
        asking.pop().cancel()
        assert len(server.asked) == 1
        server.open.set()
        await asyncio.gather(*asking)
        assert len(server.asked) == 2
        assert ledger.totals.tokens == 30


async def test_a_wait_for_others_is_no_part_of_the_time_that_a_request_may_take(
    spec: ModelSpec, ledger: Ledger, file: Path
) -> None:
    with closing(Ledger(file, limits=Limits(calls=1))) as ledger:
        model = hurried(spec, ledger, timeout=0.5, timeouts_in_all=1, attempts=1)
        asking = asyncio.create_task(ask(model))
        with suppress(ConnectionError), ledger.slot("other", Tokens()):
            await asyncio.sleep(0.7)
            assert not asking.done()
            raise ConnectionError
        assert (await asking).text == REPLY


def unsteady(chance: Random) -> ChatCall:
    """A model whose calls cost up to what they may, and sometimes fail."""

    async def call(role: Role, messages: Sequence[BaseMessage], form: Form = FREE) -> Reply:
        await asyncio.sleep(chance.choice((0, 0, 0.001)))
        if chance.random() < 0.1:
            raise ConnectionError
        sent = chance.randint(0, most_in_prompt(messages))
        said = chance.randint(0, ReplyTokens().of(role, form))
        return Reply(AIMessage("yes"), Tokens(sent, said, chance.randint(0, sent)))

    return call


async def call_until_stopped(model: ChatCall, chance: Random) -> None:
    """One caller, who loses patience now and then."""
    while True:
        prompt = [HumanMessage("x" * chance.randint(1, 200))]
        asking = asyncio.ensure_future(model(chance.choice(ROLES), prompt))
        try:
            await asyncio.wait_for(asking, chance.choice((None, None, 0.001)))
        except LimitReachedError:
            return
        except (ConnectionError, TimeoutError):
            continue


@settings(max_examples=15, deadline=None)
@given(
    limits=st.builds(Limits, tokens=st.integers(0, 3000))
    | st.builds(Limits, money=st.floats(0, 0.02))
    | st.builds(Limits, calls=st.integers(0, 12), tokens=st.integers(0, 2000)),
    seed=st.integers(0, 10**9),
)
def test_no_limit_is_exceeded_whatever_calls_cost_and_all_callers_come_to_an_end(
    limits: Limits, seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file, chance = tmp_path_factory.mktemp("run") / "calls.csv", Random(seed)
    prices = Prices({"offline": Price(input=1.0, cached=0.5, output=10.0)})

    async def callers(model: ChatCall) -> None:
        await asyncio.gather(*(call_until_stopped(model, chance) for _ in range(CALLERS)))

    for _ in range(2):  # a run, and the same once more
        with closing(Ledger(file, prices, limits)) as ledger:
            model = metered(unsteady(chance), ModelSpec(), ledger)
            with ThreadPoolExecutor(LOOPS) as pool:
                list(pool.map(lambda _: asyncio.run(callers(model)), range(LOOPS)))  # noqa: B023
            totals = ledger.totals
            assert totals.calls <= (limits.calls if limits.calls is not None else totals.calls)
            assert totals.tokens <= (limits.tokens if limits.tokens is not None else totals.tokens)
            assert (totals.money or 0) <= (limits.money if limits.money is not None else 1)


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


async def test_a_callers_usage_callback_counts_what_the_server_counted(model: ChatCall) -> None:
    with get_usage_metadata_callback() as counting:
        await ask(model)
    await ask(model)
    assert counting.usage_metadata["tiny"]["total_tokens"] == 15


async def test_a_callers_cache_of_langchain_is_asked_first(
    model: ChatCall, server: TinyServer
) -> None:
    set_llm_cache(InMemoryCache())
    try:
        texts = [(await ask(model)).text for _ in range(2)]
    finally:
        set_llm_cache(None)
    assert texts == [REPLY, REPLY]
    assert len(server.asked) == 1


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
