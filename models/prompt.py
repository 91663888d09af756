"""What a model without a network needs to know of a prompt: its text, and whose turn it is."""

from collections.abc import Sequence
from typing import Literal, get_args

from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatResult

from models.usage import estimate

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


def role_of(prompt: str) -> Role | None:
    """The role that is asked to speak: the last line of its prompt is its label alone."""
    last = prompt.rstrip().rsplit("\n", 1)[-1].strip()
    return next((role for role, label in LABELS.items() if label == last), None)


def result(prompt: str, reply: str) -> ChatResult:
    """A reply as LangChain wants it, with tokens estimated from its length."""
    asked, said = estimate(len(prompt)), estimate(len(reply))
    usage = UsageMetadata(input_tokens=asked, output_tokens=said, total_tokens=asked + said)
    message = AIMessage(reply, usage_metadata=usage)
    return ChatResult(generations=[ChatGeneration(message=message)])
