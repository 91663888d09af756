"""Replies are bounded, and one that is cut off gets more room."""

import pytest
from langchain_core.messages import AIMessage, HumanMessage

from models import ROLES, Form, ModelSpec, Reply, ReplyTokens, Role, Tokens, connect, room_after
from models.form import Room
from models.reply_length import MORE, ROOM, STOP
from tests.models.conftest import ask, prompt_for
from tests.servers.failing_server import FailingServer


@pytest.mark.parametrize("role", ROLES)
async def test_a_request_carries_the_bound_of_its_role(role: Role, failing: FailingServer) -> None:
    bounds = ReplyTokens(planner=11, actor=12, critic=13, reflector=14)
    await ask(connect(ModelSpec("openai:tiny", failing.address, reply_tokens=bounds)), role=role)
    assert failing.asked[0]["max_tokens"] == bounds.of(role)
    assert tuple(failing.asked[0]["stop"]) == STOP


async def test_a_reply_that_was_cut_off_has_more_room_once(failing: FailingServer) -> None:
    model = connect(ModelSpec("openai:tiny", failing.address))
    await model("actor", [HumanMessage(prompt_for("actor"))], Form(room="more"))
    await ask(model, role="actor")
    bound = ReplyTokens().actor
    assert [asked["max_tokens"] for asked in failing.asked] == [MORE * bound, bound]
    assert all("stop" in asked for asked in failing.asked)


async def test_a_role_whose_model_thinks_first_has_room_from_then_on(
    failing: FailingServer,
) -> None:
    model = connect(ModelSpec("openai:thinker", failing.address))
    await ask(model, role="actor")
    await model("actor", [HumanMessage(prompt_for("actor"))], Form(room="thinking"))
    await ask(model, role="actor")
    await ask(model, role="critic")
    bounds = [asked["max_tokens"] for asked in failing.asked]
    assert bounds == [ReplyTokens().actor, ROOM, ROOM, ReplyTokens().critic]
    assert ["stop" in asked for asked in failing.asked] == [True, False, False, True]


@pytest.mark.parametrize("thinking", [True, False])
async def test_thinking_is_ordered_in_the_words_that_servers_know(
    thinking: bool, failing: FailingServer
) -> None:
    await ask(connect(ModelSpec("openai:tiny", failing.address, thinking=thinking)))
    assert failing.asked[0]["chat_template_kwargs"] == {"enable_thinking": thinking}
    assert failing.asked[0]["reasoning_effort"] == ("medium" if thinking else "none")


async def test_nothing_is_ordered_about_thinking_unless_asked_for(failing: FailingServer) -> None:
    await ask(connect(ModelSpec("openai:tiny", failing.address)))
    assert not {"chat_template_kwargs", "reasoning_effort"} & failing.asked[0].keys()


@pytest.mark.parametrize("option", ["max_tokens", "stop", "reasoning_effort"])
async def test_a_server_that_takes_no_such_order_is_asked_without(
    option: str, failing: FailingServer
) -> None:
    failing.untaken = (option,)
    model = connect(ModelSpec("openai:tiny", failing.address, thinking=False))
    with pytest.warns(UserWarning, match=f"takes no {option} .*asked without"):
        await ask(model)
    assert [option in asked for asked in failing.asked] == [True, False]


@pytest.mark.parametrize(
    ("text", "reason", "tokens", "expected"),
    [
        ("I would", "length", 48, "more"),
        ("<think>They like", "stop", 9, "thinking"),
        ("<think>They like", "length", 48, "thinking"),
        ("<think>They like</think>", "stop", 9, "usual"),
        ("", "stop", 9, "thinking"),
        ("", "length", 48, "thinking"),
        ("", "stop", 0, "usual"),
        ("I am torn.", "stop", 4, "usual"),
    ],
)
def test_what_room_a_reply_calls_for(text: str, reason: str, tokens: int, expected: Room) -> None:
    message = AIMessage(text, response_metadata={"finish_reason": reason})
    assert room_after(Reply(message, Tokens(10, tokens))) == expected
