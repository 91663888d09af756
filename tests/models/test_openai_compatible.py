"""Any OpenAI-compatible server by its address; here a real one on loopback."""

from collections.abc import Sequence

import pytest
from langchain_core.messages import BaseMessage

from models import FREE, Form, ModelError, ModelSpec, Reply, Role, Tokens, connect
from tests.models.conftest import REPLY, TinyServer, ask, ask_in_stream


@pytest.fixture(params=["direct", "langchain"], autouse=True)
def client(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each test runs with both clients."""
    monkeypatch.setenv("BILLP_OPENAI_CLIENT", request.param)
    return str(request.param)


async def test_a_local_server_answers_without_a_key(server: TinyServer) -> None:
    model = connect(ModelSpec("openai:tiny", base_url=server.address))
    assert (await ask(model, "hello")).text == REPLY


@pytest.mark.parametrize("variable", ["OPENAI_BASE_URL", "OPENAI_API_BASE"])
async def test_a_local_server_can_be_named_in_the_environment(
    variable: str, server: TinyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, server.address)
    await ask(connect(ModelSpec("openai:tiny")))
    assert len(server.asked) == 1


async def test_model_temperature_and_seed_reach_the_server(server: TinyServer) -> None:
    spec = ModelSpec("openai:tiny", server.address, temperature=0.3, seed=8)
    await ask(connect(spec))
    sent = server.asked[0]
    assert (sent["model"], sent["temperature"], sent["seed"]) == ("tiny", 0.3, 8)


async def test_the_tokens_that_the_server_counted_come_with_the_reply(server: TinyServer) -> None:
    reply = await ask(connect(ModelSpec("openai:tiny", server.address)))
    assert reply.tokens == Tokens(11, 4, cached=8)


async def test_a_stream_comes_in_pieces_with_its_tokens(server: TinyServer) -> None:
    replies = list[Reply]()
    model = connect(ModelSpec("openai:tiny", server.address))

    async def kept(role: Role, messages: Sequence[BaseMessage], form: Form = FREE) -> Reply:
        replies.append(await model(role, messages, form))
        return replies[-1]

    assert await ask_in_stream(kept) == ["reco", "mmen", "d[Br", "aid]"]
    [reply] = replies
    assert (reply.text, reply.finish_reason) == (REPLY, "stop")
    assert reply.tokens == Tokens(11, 4, cached=8)
    assert server.asked[0]["stream_options"] == {"include_usage": True}


async def test_whole_replies_say_the_same_whichever_client_asks(server: TinyServer) -> None:
    message = (await ask(connect(ModelSpec("openai:tiny", server.address)))).message
    told = message.response_metadata
    assert (told["model_name"], told["model_provider"]) == ("tiny", "openai")
    assert (told["finish_reason"], told["token_usage"]["total_tokens"]) == ("stop", 15)
    assert message.additional_kwargs == {"refusal": None}
    assert message.usage_metadata is not None
    assert message.usage_metadata["input_token_details"] == {"cache_read": 8}


async def test_another_client_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLP_OPENAI_CLIENT", "curl")
    with pytest.raises(ModelError, match="must be direct or langchain, not 'curl'"):
        connect(ModelSpec("openai:tiny", "http://127.0.0.1:1/v1"))
