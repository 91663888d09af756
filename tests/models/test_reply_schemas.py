"""Replies held to a schema, where a server can do that."""

import pytest

from models import ROLES, ChatCall, ModelSpec, Role, connect
from tests.models.conftest import ask, ask_in_stream
from tests.servers.failing_server import FailingServer

NAMES = {"planner": "thought", "actor": "action", "critic": "value", "reflector": "reflection"}


@pytest.fixture
def model(failing: FailingServer) -> ChatCall:
    return connect(ModelSpec("openai:tiny", failing.address, structured=True))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("stream", [False, True])
async def test_each_role_is_asked_for_an_object_with_its_one_field(
    role: Role, stream: bool, model: ChatCall, failing: FailingServer
) -> None:
    await (ask_in_stream(model, role) if stream else ask(model, role=role))
    asked = failing.asked[0]["response_format"]
    schema = asked["json_schema"]["schema"]
    assert asked["type"] == "json_schema"
    assert list(schema["properties"]) == schema["required"] == [NAMES[role]]
    assert "stop" not in failing.asked[0]  # a blank line may stand within an object


async def test_who_does_not_want_it_does_not_ask_for_it(failing: FailingServer) -> None:
    await ask(connect(ModelSpec("openai:tiny", failing.address)))
    assert "response_format" not in failing.asked[0]


async def test_a_server_that_cannot_is_asked_for_text_from_then_on(
    model: ChatCall, failing: FailingServer
) -> None:
    failing.untaken = ("response_format",)
    with pytest.warns(UserWarning, match="takes no response_format .*asked without"):
        await ask(model)
    await ask(model)
    assert ["response_format" in asked for asked in failing.asked] == [True, False, False]
