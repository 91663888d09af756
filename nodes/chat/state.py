"""The state of a conversation: that of an episode, the messages, and what the last one led to."""

from collections.abc import Sequence
from typing import Annotated, Any, Required

from langchain_core.messages import AnyMessage
from langgraph.channels import DeltaChannel
from langgraph.graph.message import add_messages
from pydantic import Field
from typing_extensions import TypedDict

from nodes.state import EpisodeState

MOST_MESSAGES = 200  # kept of a conversation


class Turn(TypedDict):
    """What the message with the id `heard` led to; `notes` are lines of the answer to it."""

    heard: str
    notes: list[str]
    asks_why: bool
    repeats: bool
    exhausted: bool


def converse(old: Any, writes: Sequence[Any]) -> Any:
    """LangGraph's `add_messages`, which replaces messages by id; the oldest are dropped."""
    for new in writes:
        old = list(add_messages(old, new))[-MOST_MESSAGES:]
    return old


class ChatInput(TypedDict, total=False):
    """What a client sends: of these messages the newest one of a person is read."""

    messages: Required[
        Annotated[
            list[AnyMessage],
            Field(description="What the person says; all but the newest human message is ignored."),
            DeltaChannel(converse),
        ]
    ]


class ChatState(EpisodeState, ChatInput, total=False):
    """All channels of a conversation."""

    turn: Turn
