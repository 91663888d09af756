"""Replies held to a schema, where a server can do that."""

import pytest

from benchmarks.failing_server import FailingServer
from models import ROLES, ModelSpec, Role, chat_model
from models.patient import PatientChatModel
from tests.models.conftest import prompt_for

NAMES = {"planner": "thought", "actor": "action", "critic": "value", "reflector": "reflection"}


@pytest.fixture
def model(failing: FailingServer) -> PatientChatModel:
    model = chat_model(ModelSpec("openai:tiny", failing.address, structured=True))
    assert isinstance(model, PatientChatModel)
    return model


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("stream", [False, True])
async def test_each_role_is_asked_for_an_object_with_its_one_field(
    role: Role, stream: bool, model: PatientChatModel, failing: FailingServer
) -> None:
    await model.ainvoke(prompt_for(role), **({"stream": True} if stream else {}))
    asked = failing.asked[0]["response_format"]
    schema = asked["json_schema"]["schema"]
    assert asked["type"] == "json_schema"
    assert list(schema["properties"]) == schema["required"] == [NAMES[role]]


async def test_who_does_not_want_it_does_not_ask_for_it(failing: FailingServer) -> None:
    await chat_model(ModelSpec("openai:tiny", failing.address)).ainvoke(prompt_for("actor"))
    assert "response_format" not in failing.asked[0]


async def test_a_server_that_cannot_is_asked_for_text_from_then_on(
    model: PatientChatModel, failing: FailingServer
) -> None:
    failing.untaken = ("response_format",)
    with pytest.warns(UserWarning, match="takes no response_format .*asked without"):
        await model.ainvoke(prompt_for("actor"))
    await model.ainvoke(prompt_for("actor"))
    assert ["response_format" in asked for asked in failing.asked] == [True, False, False]
