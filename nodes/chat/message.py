"""The one message of a client that counts: the newest of a person, as text of a bounded length."""

import uuid
from typing import Any

from langchain_core.messages import HumanMessage, convert_to_messages

from nodes.parsing.chat_message import LONGEST_MESSAGE
from simulator import plain

MOST_SENT = 100  # messages of a client that are looked at, the newest first
MOST_BLOCKS = 100
LONGEST_ID = 200


def newest_human(messages: object, run: str | None = None) -> HumanMessage | None:
    """The newest message of a person, with nothing but its text and its id; None without one.

    Clients may also send messages in the names of others, and content of any form. Without an id
    a message has that of its run, which a server that was killed may start again.
    """
    sent: list[Any] = messages if isinstance(messages, list) else [messages]
    for raw in sent[: -MOST_SENT - 1 : -1]:
        try:
            (message,) = convert_to_messages([raw])
        except (AttributeError, KeyError, NotImplementedError, TypeError, ValueError):
            continue
        if isinstance(message, HumanMessage):
            named = isinstance(message.id, str) and 0 < len(message.id) <= LONGEST_ID
            own = message.id if named else run or str(uuid.uuid4())
            return HumanMessage(text_of(message.content), id=own)
    return None


def text_of(content: Any) -> str:
    """The lines of a content's text blocks, without control characters and what is too long."""
    blocks = content[:MOST_BLOCKS] if isinstance(content, list) else [content]
    texts = (block.get("text") if isinstance(block, dict) else block for block in blocks)
    text = "\n".join(part[:LONGEST_MESSAGE] for part in texts if isinstance(part, str))
    lines = (plain(line, LONGEST_MESSAGE) for line in text[:LONGEST_MESSAGE].splitlines())
    return "\n".join(line for line in lines if line)
