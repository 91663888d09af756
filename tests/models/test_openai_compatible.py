"""Any OpenAI-compatible server by its address; here a real one on loopback."""

import pytest

from models import ModelSpec, Tokens, connect
from tests.models.conftest import REPLY, TinyServer, ask


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
