"""The scripted model says what its file tells it to."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from models import ModelError, Role, ScriptedChatModel, from_chat_model
from models.stand_ins.scripted import read_script
from tests.models.conftest import ask


def write(folder: Path, text: str) -> Path:
    path = folder / "script.jsonl"
    path.write_text(text, encoding="utf-8")
    return path


async def said(model: ScriptedChatModel, *roles: Role) -> list[str]:
    return [(await ask(from_chat_model(model), role=role)).text for role in roles]


async def test_replies_come_in_turn_and_the_last_one_again_and_again() -> None:
    model = ScriptedChatModel(replies={"critic": ["1", "2"]})
    assert await said(model, *["critic"] * 4) == ["1", "2", "2", "2"]


async def test_every_role_has_a_turn_of_its_own() -> None:
    model = ScriptedChatModel(replies={"critic": ["1", "2"], "planner": ["a", "b"]})
    assert await said(model, "critic", "planner", "critic") == ["1", "a", "2"]


def test_threads_share_the_turns_and_none_is_given_twice() -> None:
    numbers = [str(number) for number in range(200)]
    model = ScriptedChatModel(replies={"critic": numbers})
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda _: model.answer("critic", ""), numbers)
    assert sorted(answers) == sorted(numbers)


async def test_a_role_without_replies_is_named() -> None:
    with pytest.raises(ModelError, match="no reply for role 'planner'"):
        await said(ScriptedChatModel(replies={"critic": ["1"]}), "planner")


async def test_replies_carry_their_estimated_usage() -> None:
    model = ScriptedChatModel(replies={"critic": ["12345"]})
    reply = await ask(from_chat_model(model), "12345678\nValue:", "critic")
    assert (reply.tokens.input, reply.tokens.output) == (4, 2)


def test_a_model_that_is_asked_in_no_role_says_how_to_ask_it() -> None:
    with pytest.raises(ModelError, match=r"in no role: use models\.from_chat_model"):
        ScriptedChatModel(replies={"critic": ["1"]}).invoke("hello")


def test_a_script_is_read_in_order_and_by_role(tmp_path: Path) -> None:
    script = write(
        tmp_path,
        '{"role": "actor", "reply": "x"}\n\n{"role": "critic", "reply": ""}\n'
        '{"role": "actor", "reply": "y"}',
    )
    assert read_script(script) == {"actor": ["x", "y"], "critic": [""]}


def test_line_separators_within_a_reply_do_not_end_its_line(tmp_path: Path) -> None:
    script = write(tmp_path, '{"role": "actor", "reply": "a\u2028b\u0085c"}')
    assert read_script(script) == {"actor": ["a\u2028b\u0085c"]}


@pytest.mark.parametrize(
    "line",
    [
        "not json",
        "[]",
        '"actor"',
        '{"reply": "x"}',
        '{"role": "actor"}',
        '{"role": "pilot", "reply": "x"}',
        '{"role": ["actor"], "reply": "x"}',
        '{"role": "actor", "reply": 7}',
    ],
)
def test_a_line_that_cannot_be_read_is_named_by_its_number(line: str, tmp_path: Path) -> None:
    script = write(tmp_path, f'{{"role": "actor", "reply": "x"}}\n\n{line}\n')
    with pytest.raises(ModelError, match=r"script\.jsonl line 3: expected .*one of planner, actor"):
        read_script(script)


def test_a_script_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"none\.jsonl cannot be read: No such file"):
        read_script(tmp_path / "none.jsonl")


def test_a_script_that_is_not_text_is_refused_by_its_name(tmp_path: Path) -> None:
    script = tmp_path / "script.jsonl"
    script.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ModelError, match=r"script\.jsonl cannot be read"):
        read_script(script)
