"""The answer to a person's message: a proposal, an explanation, or the end of the session."""

import asyncio
import uuid
from typing import Any

from langchain_core.messages import AIMessage

from nodes.actor import offered_items
from nodes.chat import sentences
from nodes.chat.context import ChatContext
from nodes.chat.reasons import explanation, reason
from nodes.chat.state import ChatState
from nodes.parts import Parts
from nodes.state import Choice


async def answer(state: ChatState, context: ChatContext, parts: Parts) -> dict[str, Any]:
    """Says what came of the message; the words are code's, without a chat model."""
    turn, choice, over = state["turn"], state["choice"], state["ending"]
    told = list(turn["notes"])
    if over:
        told += sentences.end_of_session(over, state["reflection"])
    elif choice is None:
        told.append(sentences.NOTHING_LEFT)
    elif turn["asks_why"]:
        told += await asyncio.to_thread(_explained, state, choice, context, parts)
    else:
        told += _proposed(state, choice, parts)
    return {"messages": [AIMessage("\n\n".join(told), id=str(uuid.uuid4()))]}


def _proposed(state: ChatState, choice: Choice, parts: Parts) -> list[str]:
    catalogue, title, repeats = parts.world.catalogue, choice["item"], state["turn"]["repeats"]
    why = reason(state, title, catalogue)
    told = sentences.proposal(title, catalogue.genres_of(title), why, repeats=repeats)
    is_first = not state["steps"]
    return [*told, sentences.HINT] if is_first or repeats else told


def _explained(state: ChatState, choice: Choice, context: ChatContext, parts: Parts) -> list[str]:
    offered = offered_items(state, context, parts)
    return explanation(state, choice["item"], offered, parts.world.catalogue)
