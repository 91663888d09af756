"""Asking a chat model, and asking again when its reply cannot be read."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from models import LABELS, Role, Tokens, tokens_of
from nodes.prompts import REPAIR
from nodes.replies import UnusableReplyError
from nodes.state import Usage

REPAIRS = 2

T = TypeVar("T")


async def ask(
    model: BaseChatModel,
    role: Role,
    round_: int,
    messages: list[BaseMessage],
    read: Callable[[str], T],
    otherwise: Callable[[str], T],
) -> tuple[T, Usage]:
    """The reply as `read` understands it; after two repairs, what `otherwise` makes of the last."""
    conversation = messages
    reply = ""
    spent: list[Tokens] = []
    for _ in range(1 + REPAIRS):
        message = await model.ainvoke(conversation, {"run_name": role, "tags": [role]})
        reply = message.text
        spent.append(tokens_of(conversation, message))
        try:
            return read(reply), used(role, round_, spent)
        except UnusableReplyError as error:
            repair = HumanMessage(REPAIR.format(error=error, label=LABELS[role]))
            conversation = [*messages, AIMessage(reply or "(nothing)"), repair]
    return otherwise(reply), used(role, round_, spent)


def used(role: Role, round_: int, spent: Sequence[Tokens]) -> Usage:
    """What a role's calls before a round cost together."""
    return Usage(
        round=round_,
        role=role,
        calls=len(spent),
        input=sum(tokens.input for tokens in spent),
        output=sum(tokens.output for tokens in spent),
        cached=sum(tokens.cached for tokens in spent),
        estimated=sum(tokens.estimated for tokens in spent),
    )
