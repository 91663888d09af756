"""Numbers held to a schema, where a server keeps to one."""

import json

import pytest
from langchain_core.messages import AIMessage, HumanMessage

from models import FREE, ROLES, ChatCall, Form, FormField, ModelSpec, Reply, Role, Tokens, connect
from models.schema import form_schema, is_ignored
from tests.models.conftest import prompt_for
from tests.servers.failing_server import FailingServer
from tests.servers.wrong_replies import NOT_OF_A_SCHEMA

TENTHS = Form.one_of(step / 10 for step in range(101))


@pytest.fixture
def model(failing: FailingServer) -> ChatCall:
    return connect(ModelSpec("openai:tiny", failing.address))


async def value(model: ChatCall, form: Form = TENTHS) -> str:
    return (await model("critic", [HumanMessage(prompt_for("critic"))], form)).text


async def test_a_number_is_asked_for_as_an_object_with_one_field(
    model: ChatCall, failing: FailingServer
) -> None:
    text = await value(model)
    assert json.loads(text).keys() == {"answer"}
    asked = failing.asked[0]["response_format"]
    schema = asked["json_schema"]["schema"]
    assert asked["type"] == "json_schema"
    assert list(schema["properties"]) == schema["required"] == ["answer"]
    assert schema["properties"]["answer"]["enum"][:11:5] == [0, 0.5, 1]
    assert "stop" not in failing.asked[0]  # a blank line may stand within an object


def test_numbers_are_written_as_short_as_they_are() -> None:
    schemas = [form_schema(Form.one_of(numbers)) for numbers in ([1, 2.0], [0, 0.5, 1.0])]
    fields = [schema["properties"]["answer"] for schema in schemas]
    assert [json.dumps(field) for field in fields] == [
        '{"type": "integer", "enum": [1, 2]}',
        '{"type": "number", "enum": [0, 0.5, 1]}',
    ]


REFLECTION = Form(
    (
        FormField("why", ("bored", "displeased")),
        FormField("genres", ("Puzzle", "Racing"), at_most=3),
        FormField("rest", (0, 1, 2, None)),
        FormField("show", (), at_most=3),
    )
)


def test_a_form_of_several_fields_is_an_object_in_their_order() -> None:
    assert form_schema(REFLECTION) == {
        "type": "object",
        "properties": {
            "why": {"type": "string", "enum": ["bored", "displeased"]},
            "genres": {
                "type": "array",
                "items": {"type": "string", "enum": ["Puzzle", "Racing"]},
                "maxItems": 3,
            },
            "rest": {"type": ["integer", "null"], "enum": [0, 1, 2, None]},
            "show": {"type": "array", "items": {"type": "string"}, "maxItems": 3},
        },
        "required": ["why", "genres", "rest", "show"],
        "additionalProperties": False,
    }


KEPT = {"why": "bored", "genres": ["Puzzle"], "rest": None, "show": ["Anything"]}


@pytest.mark.parametrize(
    ("said", "ignored"),
    [
        (KEPT, False),
        ({**KEPT, "genres": [], "rest": 2}, False),
        ({**KEPT, "why": "angry"}, True),
        ({**KEPT, "genres": ["Horror"]}, True),
        ({**KEPT, "genres": "Puzzle"}, True),
        ({**KEPT, "show": [1]}, True),
        ({**KEPT, "rest": 7}, True),
        ({"why": "bored"}, True),
        ("Why: bored", True),
    ],
)
def test_each_field_shows_whether_the_schema_is_kept(said: object, ignored: bool) -> None:
    text = said if isinstance(said, str) else json.dumps(said)
    message = AIMessage(text, response_metadata={"finish_reason": "stop"})
    assert is_ignored(REFLECTION, Reply(message, Tokens(1, 1))) is ignored


@pytest.mark.parametrize("role", ROLES)
async def test_a_free_text_is_asked_for_without_a_schema(
    role: Role, model: ChatCall, failing: FailingServer
) -> None:
    await model(role, [HumanMessage(prompt_for(role))], FREE)
    assert "response_format" not in failing.asked[0]
    assert "stop" in failing.asked[0]


async def test_who_does_not_want_it_does_not_ask_for_it(failing: FailingServer) -> None:
    await value(connect(ModelSpec("openai:tiny", failing.address, structured=False)))
    assert "response_format" not in failing.asked[0]


async def test_a_server_that_cannot_is_asked_for_text_from_then_on(
    model: ChatCall, failing: FailingServer
) -> None:
    failing.untaken = ("response_format",)
    with pytest.warns(UserWarning, match="takes no response_format .*asked without"):
        await value(model)
    await value(model)
    assert ["response_format" in asked for asked in failing.asked] == [True, False, False]
    assert "stop" in failing.asked[-1]


@pytest.mark.parametrize("kind", ["bare", "beyond", "fenced", "list"])
async def test_a_server_that_takes_a_schema_and_ignores_it_is_found_out_by_its_first_reply(
    kind: str, model: ChatCall, failing: FailingServer
) -> None:
    failing.kinds.append(kind)
    with pytest.warns(UserWarning, match="takes a JSON schema and does not keep to it"):
        assert await value(model) == NOT_OF_A_SCHEMA[kind]
    await value(model)
    assert ["response_format" in asked for asked in failing.asked] == [True, False]


async def test_a_reply_that_had_to_end_says_nothing_about_the_schema(
    model: ChatCall, failing: FailingServer
) -> None:
    failing.kinds.append("half")
    await value(model)
    await value(model)
    assert ["response_format" in asked for asked in failing.asked] == [True, True]


def test_a_number_is_named_once() -> None:
    assert Form.one_of([0, 0.0, 0.1, 0.1]) == Form.one_of([0, 0.1])
