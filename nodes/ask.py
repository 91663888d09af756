"""Asking a chat model, and asking again when its reply cannot be read."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from models import LABELS, Role, Tokens, tokens_of
from nodes import prompts
from nodes.parsing.reply import UnusableReplyError, strip_thinking
from nodes.state import Usage
from simulator import plain

REPAIRS, BLANKS = 2, 3
SHOWN = 1000  # characters of a reply that the model is shown again
REASONS_FOR_NOTHING = ("length", "content_filter")

T = TypeVar("T")


async def ask(
    model: BaseChatModel,
    role: Role,
    round_: int,
    messages: list[BaseMessage],
    read: Callable[[str], T],
    otherwise: Callable[[str], T],
) -> tuple[T, Usage]:
    """The reply as `read` understands it; after two repairs, what `otherwise` makes of the last.

    What is blank for no reason is not repaired but asked for again as it was, three times at most.
    """
    conversation, reply = messages, ""
    repairs, blanks = REPAIRS, BLANKS
    spent: list[Tokens] = []
    while repairs >= 0:
        message = await model.ainvoke(conversation, {"run_name": role, "tags": [role]})
        reply = message.text
        spent.append(tokens_of(conversation, message))
        try:
            return read(reply), used(role, round_, spent)
        except UnusableReplyError as error:
            if blanks and says_nothing(message):
                blanks -= 1
                continue
            repairs -= 1
            conversation = repair(messages, message, error, role)
    return otherwise(strip_thinking(reply) or reply), used(role, round_, spent)


def says_nothing(message: BaseMessage) -> bool:
    """Whether a reply is blank for no reason that is told: a server's slip, as a rule."""
    why = message.response_metadata.get("finish_reason") in REASONS_FOR_NOTHING
    return not (message.text.strip() or why or message.additional_kwargs.get("refusal"))


def repair(
    messages: list[BaseMessage], message: BaseMessage, error: UnusableReplyError, role: Role
) -> list[BaseMessage]:
    """The conversation that shows the model its reply and what was wrong with it."""
    shown = plain(strip_thinking(message.text), SHOWN).lstrip("# ") or prompts.NOTHING_SAID
    cut = message.response_metadata.get("finish_reason") == "length"
    why = f"{error}{prompts.CUT_OFF if cut else ''}"
    asked = prompts.REPAIR.format(error=why, label=LABELS[role])
    return [*messages, AIMessage(shown), HumanMessage(asked)]


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
