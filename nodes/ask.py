"""Asking a chat model, with repairs of replies that cannot be parsed."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from models import FREE, LABELS, ChatCall, Form, Reply, Role, Tokens, room_after
from nodes import prompts
from nodes.parsing.echo import EchoError
from nodes.parsing.reply import UnusableReplyError, strip_thinking
from nodes.parts import Parts
from nodes.prompts import Examples
from nodes.state import EpisodeState, Usage
from nodes.trajectory import messages as prompt_messages
from nodes.trajectory import without_examples
from simulator import plain

REPAIRS, BLANKS = 2, 3
SHOWN = 1000  # characters of a reply that the model is shown again
REASONS_FOR_BLANKS = ("length", "content_filter")

T = TypeVar("T")


async def ask_about(
    state: EpisodeState,
    parts: Parts,
    role: Role,
    turn: str,
    parse: Callable[[str], T],
    fallback: Callable[[str], T],
    form: Form = FREE,
    examples: Examples = (),
    principles: str = "",
) -> tuple[T, Usage]:
    """`ask` with the session so far and the role's turn as the prompt."""
    prompt = prompt_messages(state, parts.world.catalogue, turn, examples, principles)
    return await ask(parts.chat, role, len(state["steps"]) + 1, prompt, parse, fallback, form)


async def ask(
    chat: ChatCall,
    role: Role,
    round_: int,
    messages: list[BaseMessage],
    parse: Callable[[str], T],
    fallback: Callable[[str], T],
    form: Form = FREE,
) -> tuple[T, Usage]:
    """The parsed reply; after two repairs, the fallback that the last one is turned into.

    A reply that was cut off before its answer is asked for once more with more room. An empty
    reply without a stated reason is retried unchanged, up to three times. A model that repeats its
    prompt is asked again without the examples: shown its reply beside them, it says it once more.
    """
    conversation, repairs, blanks = messages, REPAIRS, BLANKS
    spent: list[Tokens] = []
    while repairs >= 0:
        reply = await chat(role, conversation, form)
        spent.append(reply.tokens)
        try:
            return parse(reply.text), used(role, round_, spent)
        except UnusableReplyError as error:
            room = room_after(reply)
            if form.room == "usual" != room and not isinstance(error, EchoError):
                form = replace(form, room=room)
                continue
            if blanks and is_blank(reply):
                blanks -= 1
                continue
            repairs -= 1
            shorter = without_examples(messages)
            if isinstance(error, EchoError) and len(shorter) < len(messages):
                conversation = messages = shorter
            else:
                conversation = repair(messages, reply, error, role)
    return fallback(strip_thinking(reply.text) or reply.text), used(role, round_, spent)


def is_blank(reply: Reply) -> bool:
    """Whether a reply is empty without a stated reason, which is a slip of the server."""
    stated = reply.finish_reason in REASONS_FOR_BLANKS
    return not (reply.text.strip() or stated or reply.message.additional_kwargs.get("refusal"))


def repair(
    messages: list[BaseMessage], reply: Reply, error: UnusableReplyError, role: Role
) -> list[BaseMessage]:
    """The conversation that shows the model its reply and what was wrong with it."""
    shown = plain(strip_thinking(reply.text), SHOWN).lstrip("# ") or prompts.NOTHING_SAID
    cut = prompts.CUT_OFF if reply.finish_reason == "length" else ""
    asked = prompts.REPAIR.format(error=f"{error}{cut}", label=LABELS[role])
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
