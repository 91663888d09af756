"""The four roles, and how a prompt reads as one text."""

from collections.abc import Sequence
from typing import Literal, get_args

from langchain_core.messages import BaseMessage

Role = Literal["planner", "actor", "critic", "reflector"]
ROLES: tuple[Role, ...] = get_args(Role)
LABELS: dict[Role, str] = {
    "planner": "Thought:",
    "actor": "Action:",
    "critic": "Value:",
    "reflector": "Reflection:",
}


def prompt_text(messages: Sequence[BaseMessage]) -> str:
    """The whole prompt as one text."""
    return "\n\n".join(message.text for message in messages)
