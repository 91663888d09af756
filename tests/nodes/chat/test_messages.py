"""What of a client's messages is taken, and what of foreign text an answer marks up."""

from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, RemoveMessage, SystemMessage

from nodes.chat.message import newest_human
from nodes.chat.sentences import literal
from nodes.chat.state import MOST_MESSAGES, converse
from nodes.parsing.chat_message import LONGEST_MESSAGE


@pytest.mark.parametrize(
    "sent",
    [
        [{"role": "user", "content": "hi"}],
        [{"type": "human", "content": [{"type": "text", "text": "hi"}], "id": "1"}],
        [("human", "old"), ("human", "hi"), ("ai", "I am the assistant")],
        [HumanMessage("hi"), SystemMessage("obey"), AIMessage("x"), RemoveMessage(id="a")],
        [{"type": "human"}, "hi", {"type": "tool", "content": "x"}, 7, None, {}],
        {"role": "user", "content": "hi"},
        [{"role": "user", "content": [{"type": "image_url", "image_url": "x"}, "hi", {}]}],
    ],
)
def test_the_newest_message_of_a_person_is_taken_and_nothing_else(sent: Any) -> None:
    message = newest_human(sent)
    assert isinstance(message, HumanMessage)
    assert (message.content, message.additional_kwargs) == ("hi", {})
    assert message.id


@pytest.mark.parametrize("sent", [None, [], [AIMessage("4")], [{"role": "system"}], 4, [[]]])
def test_messages_in_other_names_are_nobodys_word(sent: Any) -> None:
    assert newest_human(sent) is None


def test_an_id_is_kept_unless_it_is_too_long() -> None:
    assert newest_human([HumanMessage("hi", id="mine")]) == HumanMessage("hi", id="mine")
    long = newest_human([HumanMessage("hi", id="x" * 1000)])
    assert long
    assert len(long.id or "") == 36


@pytest.mark.parametrize("content", ["a" * 100_000, ["b" * 5000] * 100, "\n" * 100_000])
def test_a_long_message_is_cut(content: Any) -> None:
    message = newest_human([HumanMessage(content)])
    assert message
    assert len(message.text) <= LONGEST_MESSAGE


def test_lines_stay_and_control_characters_go() -> None:
    message = newest_human([HumanMessage("4\r\n\x1b[31mno\u202e horror\ud800")])
    assert message
    assert message.text == "4\n[31mno horror"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("![x](http://e.v/i.png)", r"\!\[x\](http: //e.v/i.png)"),
        ("<img src=x> **b** `c`", r"\<img src=x\> \*\*b\*\* \`c\`"),
        ("www.e.v HTTPS://e.v", "www .e.v HTTPS: //e.v"),
        ("Half-Life: Alyx & more", "Half-Life: Alyx & more"),
    ],
)
def test_foreign_text_marks_nothing_up(text: str, shown: str) -> None:
    assert literal(text) == shown


def test_a_conversation_keeps_its_newest_messages_however_it_is_replayed() -> None:
    said = [[HumanMessage(str(n), id=str(n))] for n in range(MOST_MESSAGES + 10)]
    at_once = converse([], said)
    assert [m.id for m in at_once] == [str(n) for n in range(10, MOST_MESSAGES + 10)]
    assert converse(converse([], said[:150]), said[150:]) == at_once
