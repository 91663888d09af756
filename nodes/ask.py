"""Asking a chat model, and asking again when its reply cannot be read."""

from collections.abc import Callable
from typing import TypeVar

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from models import LABELS, Role
from nodes.prompts import REPAIR
from nodes.replies import UnusableReplyError

REPAIRS = 2

T = TypeVar("T")


async def ask(
    model: BaseChatModel,
    role: Role,
    messages: list[BaseMessage],
    read: Callable[[str], T],
    otherwise: Callable[[str], T],
) -> T:
    """The reply as `read` understands it; after two repairs, what `otherwise` makes of the last."""
    conversation = messages
    reply = ""
    for _ in range(1 + REPAIRS):
        message = await model.ainvoke(conversation, {"run_name": role, "tags": [role]})
        reply = message.text
        try:
            return read(reply)
        except UnusableReplyError as error:
            repair = HumanMessage(REPAIR.format(error=error, label=LABELS[role]))
            conversation = [*messages, AIMessage(reply or "(nothing)"), repair]
    return otherwise(reply)
