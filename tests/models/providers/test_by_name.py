"""Models of other providers by name, each against a server that speaks its protocol."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import HumanMessage

from models import (
    ROLES,
    AccessRefusedError,
    CallError,
    Form,
    Ledger,
    LimitReachedError,
    Limits,
    ModelError,
    ModelSpec,
    PromptTooLongError,
    QuotaUsedUpError,
    ReplyCache,
    ReplyTokens,
    Role,
    ServerFailedError,
    UnknownModelError,
    connect,
    exact_name,
)
from models.providers import PROVIDERS
from models.reply_length import ROOM, STOP
from models.schema import form_schema
from tests.models.conftest import ask, ask_in_stream
from tests.models.providers.conftest import hurried
from tests.servers import provider_server
from tests.servers.provider_server import REPLY, ProviderServer

BOTH = ("anthropic:claude-x", "ollama:llama-x")
KEY = "sk-ant-planted-0123456789"


def options_of(asked: dict[str, Any]) -> dict[str, Any]:
    """The bound, the stop sequences and the sampling of a request, in one form."""
    inner = asked.get("options", asked)
    return {
        "bound": inner.get("max_tokens", inner.get("num_predict")),
        "stop": inner.get("stop_sequences", inner.get("stop")),
        "temperature": inner.get("temperature"),
        "seed": inner.get("seed"),
    }


@pytest.mark.parametrize("name", BOTH)
async def test_a_provider_is_asked_for_the_model_after_the_colon(
    name: str, provider: ProviderServer
) -> None:
    reply = await ask(connect(ModelSpec(name, provider.address)))
    assert reply.text == REPLY
    assert (reply.tokens.output, reply.tokens.estimated) == (4, False)
    assert provider.asked[0]["model"] == name.partition(":")[2]


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("role", ROLES)
async def test_a_request_carries_the_bound_of_its_role(
    name: str, role: Role, provider: ProviderServer
) -> None:
    bounds = ReplyTokens(planner=11, actor=12, critic=13, reflector=14)
    spec = ModelSpec(name, provider.address, temperature=0.25, seed=7, reply_tokens=bounds)
    await ask(connect(spec), role=role)
    sent = options_of(provider.asked[0])
    assert (sent["bound"], sent["temperature"]) == (bounds.of(role), 0.25)
    if name.startswith("ollama"):
        assert (tuple(sent["stop"]), sent["seed"]) == (STOP, 7)
    else:  # which refuses blank ones, and has no seed
        assert (sent["stop"], sent["seed"]) == (["\n##"], None)


@pytest.mark.parametrize("name", BOTH)
async def test_a_role_whose_reply_was_cut_off_has_room_from_then_on(
    name: str, provider: ProviderServer
) -> None:
    provider.kinds.append("cut")
    model = connect(ModelSpec(f"{name}-thinker", provider.address))
    assert (await ask(model)).finish_reason == "length"
    await model("actor", [HumanMessage("again")], Form(room="thinking"))
    await ask(model)
    await ask(model, role="critic")
    sent = [options_of(asked) for asked in provider.asked]
    bounds = [one["bound"] for one in sent]
    assert bounds == [ReplyTokens().actor, ROOM, ROOM, ReplyTokens().critic]
    assert [bool(one["stop"]) for one in sent] == [True, False, False, True]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("anthropic:claude-x", "busy"),
        ("anthropic:claude-x", "overloaded"),
        ("ollama:llama-x", "busy"),
        ("ollama:llama-x", "crash"),
        ("ollama:llama-x", "broken"),
    ],
)
async def test_what_may_pass_is_asked_again(
    name: str, kind: str, provider: ProviderServer, tmp_path: Path
) -> None:
    provider.kinds.extend(["", kind])
    ledger = Ledger(tmp_path / "calls.csv")
    model = hurried(ModelSpec(name, provider.address), ledger, timeout=5.0)
    assert [(await ask(model)).text for _ in range(2)] == [REPLY, REPLY]
    assert len(provider.asked) == 3
    ledger.close()


@pytest.mark.parametrize(
    ("name", "kind", "error", "told"),
    [
        ("anthropic:claude-x", "key", AccessRefusedError, "401: invalid x-api-key"),
        ("anthropic:claude-x", "model", UnknownModelError, "no model 'anthropic:claude-x'"),
        ("anthropic:claude-x", "long", PromptTooLongError, "does not fit into the context"),
        ("anthropic:claude-x", "poor", QuotaUsedUpError, "credit balance is too low"),
        ("ollama:llama-x", "key", AccessRefusedError, "401: ResponseError: unauthorized"),
        ("ollama:llama-x", "model", UnknownModelError, "no model 'ollama:llama-x'"),
    ],
)
async def test_what_lasts_ends_the_call_with_what_to_do(
    name: str, kind: str, error: type[CallError], told: str, provider: ProviderServer
) -> None:
    provider.kinds.append(kind)
    with pytest.raises(error) as caught:
        await ask(hurried(ModelSpec(name, provider.address)))
    assert told in str(caught.value)
    assert len(provider.asked) == 1


@pytest.mark.parametrize("option", ["stop", "temperature"])
async def test_an_option_that_a_model_does_not_take_is_left_out(
    option: str, provider: ProviderServer
) -> None:
    provider.kinds.append(option)
    with pytest.warns(UserWarning, match=f"takes no {option} .*asked without"):
        await ask(hurried(ModelSpec(f"anthropic:claude-without-{option}", provider.address)))
    assert [bool(options_of(asked)[option]) for asked in provider.asked] == [True, False]


@pytest.mark.parametrize("name", BOTH)
async def test_a_server_that_is_not_there_is_named(name: str) -> None:
    with pytest.raises(ServerFailedError, match=r"127\.0\.0\.1:9 cannot be reached"):
        await ask(hurried(ModelSpec(name, "http://127.0.0.1:9"), attempts_at_first_contact=2))


async def test_a_stream_of_anthropic_comes_in_pieces(provider: ProviderServer) -> None:
    pieces = await ask_in_stream(connect(ModelSpec("anthropic:claude-x", provider.address)))
    assert "".join(pieces) == REPLY
    assert len(pieces) > 1


async def test_a_stream_that_breaks_off_is_asked_again(provider: ProviderServer) -> None:
    provider.kinds.extend(["", "broken"])
    model = hurried(ModelSpec("anthropic:claude-x", provider.address))
    await ask_in_stream(model)
    await ask_in_stream(model)
    assert len(provider.asked) == 3


def test_two_event_loops_can_ask_one_after_the_other(provider: ProviderServer) -> None:
    provider.keeps_alive = True
    for name in BOTH:
        model = hurried(ModelSpec(name, provider.address))
        assert asyncio.run(ask(model)).text == REPLY
        assert asyncio.run(ask(model)).text == REPLY


async def test_calls_are_held_against_the_limits_and_cached(
    provider: ProviderServer, tmp_path: Path
) -> None:
    ledger, cache = Ledger(tmp_path / "c.csv", limits=Limits(calls=1)), ReplyCache(tmp_path / "r")
    model = connect(ModelSpec("anthropic:claude-x", provider.address), ledger, cache)
    first, second = await ask(model), await ask(model)
    assert (first.text, len(provider.asked)) == (second.text, 1)
    with pytest.raises(LimitReachedError):
        await ask(model, "another prompt")
    assert ledger.totals.calls == 1
    ledger.close()
    cache.close()


def test_a_model_of_a_provider_is_paid_under_its_own_name() -> None:
    assert exact_name(ModelSpec("anthropic:claude-x")) == "anthropic:claude-x"
    elsewhere = ModelSpec("anthropic:claude-x", "http://127.0.0.1:1/v1/")
    assert exact_name(elsewhere) == "anthropic:claude-x@http://127.0.0.1:1/v1"


async def test_the_packages_own_key_goes_where_the_package_goes(
    provider: ProviderServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", provider.address)
    await ask(connect(ModelSpec("anthropic:claude-x")))
    assert KEY in str(provider.headers)


@pytest.mark.parametrize("name", BOTH)
async def test_an_address_of_the_settings_gets_no_key_of_the_environment_but_ours(
    name: str, provider: ProviderServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "OLLAMA_API_KEY"):
        monkeypatch.setenv(variable, KEY)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-openais-own")
    await ask(connect(ModelSpec(name, provider.address)))
    monkeypatch.setenv("BILLP_API_KEY", "ours-0123456789")
    await ask(connect(ModelSpec(name, provider.address)))
    assert KEY not in str(provider.headers)
    assert "sk-openais-own" not in str(provider.headers)
    assert ["ours-0123456789" in str(headers) for headers in provider.headers] == [False, True]


async def test_a_key_that_comes_back_is_in_no_error(
    provider: ProviderServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = (401, "authentication_error", f"who is {KEY}?")
    monkeypatch.setitem(provider_server.ANTHROPIC_ERRORS, "key", told)
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", provider.address)
    provider.kinds.append("key")
    with pytest.raises(AccessRefusedError, match=r"refuses the key in ANTHROPIC_API_KEY") as caught:
        await ask(connect(ModelSpec("anthropic:claude-x")))
    assert "who is ***?" in str(caught.value)


def test_openais_key_goes_to_no_other_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-openais-own")
    monkeypatch.setenv("OPENAI_API_VERSION", "2024-10-21")
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", "https://somewhere.example")
    with pytest.raises(ModelError, match="would take OPENAI_API_KEY to a server"):
        connect(ModelSpec("azure_openai:gpt-x"))


def test_a_provider_without_its_key_names_the_variable() -> None:
    with pytest.raises(ModelError, match="needs a key: set ANTHROPIC_API_KEY"):
        connect(ModelSpec("anthropic:claude-x"))


@pytest.mark.parametrize("url", ["http://user:pass@h/v1", "http://h/v1?key=x", "ftp://h"])
def test_an_address_that_is_none_or_holds_a_key_is_refused(url: str) -> None:
    with pytest.raises(ModelError, match="base_url"):
        connect(ModelSpec("ollama:x", url))


@pytest.mark.parametrize(
    ("module", "told"),
    [
        ("langchain.chat_models", r"the extra 'providers': .* -m pip install -e '\.\[providers\]'"),
        ("langchain_anthropic", r"needs the package langchain-anthropic: give .* -m pip install"),
    ],
)
def test_a_package_that_is_missing_is_named_with_its_command(
    module: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from langchain.chat_models import base

    base._get_chat_model_creator.cache_clear()
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ModelError, match=told) as caught:
        connect(ModelSpec("anthropic:claude-x"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("antropic:claude-x", "did you mean 'anthropic'"),
        ("google-genai:gemini", "did you mean 'google_genai'"),
        ("OpenAI:gpt-x", "did you mean 'openai'"),
        ("anthropic:", "use offline, local, "),
    ],
)
def test_a_provider_that_is_not_known_is_told_the_nearest_one(name: str, hint: str) -> None:
    with pytest.raises(ModelError, match=hint):
        connect(ModelSpec(name))


def test_the_providers_are_those_of_langchain() -> None:
    from langchain.chat_models import init_chat_model

    with pytest.raises(ValueError, match="Supported model providers are: ") as caught:
        init_chat_model("x", model_provider="nobody")
    known = str(caught.value).rpartition(": ")[2].split(", ")
    assert sorted([*PROVIDERS, "openai"]) == sorted(known)


async def test_an_ollama_model_thinks_if_it_is_told_to(provider: ProviderServer) -> None:
    for thinking in (True, False, None):
        await ask(connect(ModelSpec("ollama:llama-x", provider.address, thinking=thinking)))
    assert [asked.get("think") for asked in provider.asked] == [True, False, None]


async def test_an_ollama_model_is_held_to_a_number(provider: ProviderServer) -> None:
    chat = connect(ModelSpec("ollama:llama-held", provider.address))
    reply = await chat("actor", [HumanMessage("1 or 2?")], Form.one_of((1, 2)))
    assert reply.text == '{"answer": 1}'
    assert provider.asked[0]["format"] == form_schema(Form.one_of((1, 2)))
    await ask(chat)
    assert "format" not in provider.asked[1]


async def test_an_ollama_model_that_ignores_the_schema_is_asked_without(
    provider: ProviderServer,
) -> None:
    chat = connect(ModelSpec("ollama:llama-cloud", provider.address))
    provider.kinds.append("ignoring")
    with pytest.warns(UserWarning, match="takes a JSON schema and does not keep to it"):
        await chat("actor", [HumanMessage("1 or 2?")], Form.one_of((1, 2)))
    await chat("actor", [HumanMessage("1 or 2?")], Form.one_of((1, 2)))
    assert ["format" in asked for asked in provider.asked] == [True, False]


PROGRAM = """
import asyncio, sys
from blockbuster import blockbuster_ctx
from langchain_core.messages import HumanMessage
from models import ModelSpec, connect

async def main(call):
    with blockbuster_ctx():
        print((await call("actor", [HumanMessage("?")])).text)

asyncio.run(main(connect(ModelSpec("anthropic:claude-x", sys.argv[1]))))
"""


@pytest.mark.system
def test_a_first_request_does_not_block_its_event_loop(provider: ProviderServer) -> None:
    command = [sys.executable, "-W", "ignore", "-c", PROGRAM, provider.address]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (done.stdout.strip(), done.stderr) == (REPLY, "")
