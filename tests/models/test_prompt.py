"""Whose turn it is stands in a prompt's last line, and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from models import LABELS, ROLES, Role, prompt_text, role_of


@given(before=st.text(), role=st.sampled_from(ROLES))
def test_the_last_line_says_which_role_speaks(before: str, role: Role) -> None:
    assert role_of(f"{before}\n{LABELS[role]}\n ") == role


@pytest.mark.parametrize("prompt", ["", "Thought:\nand more", "Thought: yes", "thought:", "Say:"])
def test_a_prompt_that_ends_otherwise_asks_no_role(prompt: str) -> None:
    assert role_of(prompt) is None


def test_the_last_message_decides_when_a_conversation_has_several() -> None:
    conversation = [
        SystemMessage("rules"),
        HumanMessage("Value:"),
        AIMessage("much"),
        HumanMessage("No.\nAction:"),
    ]
    assert role_of(prompt_text(conversation)) == "actor"
