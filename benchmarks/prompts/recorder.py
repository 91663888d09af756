"""Every reply to a turn: its text, tokens and seconds, and why it was refused."""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar
from unittest.mock import patch

from langchain_core.messages import BaseMessage

from models import FREE, ChatCall, Form, Reply, Role
from nodes.ask import ask
from nodes.parsing.echo import EchoError, repeats
from nodes.parsing.reply import UnusableReplyError, strip_thinking
from nodes.state import Usage
from nodes.trajectory import first_messages

T = TypeVar("T")

TURN = re.compile(r"^## Your turn$", re.MULTILINE)


@dataclass
class Call:
    """A reply to one call; `refused` says what was wrong with it."""

    text: str
    seconds: float
    input: int
    output: int
    cached: int
    estimated: bool
    finish_reason: str | None
    echo: bool
    refused: str | None = None


@dataclass
class Recorder:
    """The chat call of one turn, which records the replies to it."""

    chat: ChatCall
    calls: list[Call] = field(default_factory=list)

    async def __call__(
        self, role: Role, messages: Sequence[BaseMessage], form: Form = FREE
    ) -> Reply:
        """Asks the model."""
        began = time.monotonic()
        reply = await self.chat(role, messages, form)
        call = Call(
            text=reply.text,
            seconds=round(time.monotonic() - began, 4),
            input=reply.tokens.input,
            output=reply.tokens.output,
            cached=reply.tokens.cached,
            estimated=reply.tokens.estimated,
            finish_reason=reply.finish_reason,
            echo=repeats(strip_thinking(reply.text), instructions_in(role, messages)),
        )
        self.calls.append(call)
        return reply

    def watching(self, parse: Callable[[str], T]) -> Callable[[str], T]:
        """The parser, whose refusals are recorded."""

        def parsed(reply: str) -> T:
            try:
                return parse(reply)
            except UnusableReplyError as error:
                call = self.calls[-1]
                call.refused = str(error)
                call.echo = call.echo or isinstance(error, EchoError)
                raise

        return parsed


def instructions_in(role: Role, messages: Sequence[BaseMessage]) -> str:
    """The fixed texts and the role's turn, without the session before it."""
    *fixed, first = messages[: first_messages(role, messages)]
    return "\n".join((*(message.text for message in fixed), TURN.split(first.text)[-1]))


@contextmanager
def watched_parsers() -> Iterator[None]:
    """Within, nodes that ask through a `Recorder` have the refusals of their parsers recorded.

    So a reply is judged by the very parser that its node uses, and is parsed once.
    """

    async def watched(
        chat: ChatCall,
        role: Role,
        round_: int,
        messages: list[BaseMessage],
        parse: Callable[[str], T],
        fallback: Callable[[str], T],
        form: Form = FREE,
    ) -> tuple[T, Usage]:
        known = chat.watching(parse) if isinstance(chat, Recorder) else parse
        return await ask(chat, role, round_, messages, known, fallback, form)

    with patch("nodes.ask.ask", watched):
        yield
