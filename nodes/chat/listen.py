"""What a person's message does to the session: a rating, an end, a wish, or what is unwanted."""

import asyncio
from typing import Any

from langchain_core.messages import HumanMessage

from nodes.arrive import arrive
from nodes.asked import unwanted_items, wish_of
from nodes.chat import sentences
from nodes.chat.context import ChatContext
from nodes.chat.message import text_of
from nodes.chat.state import ChatState, Turn
from nodes.parsing.chat_message import NOTHING, Said, parse_message
from nodes.parts import Parts
from nodes.simulator import ending, has_expired, record
from nodes.state import Unwanted, apply_update
from nodes.trajectory import shown_items

ANONYMOUS = "anonymous"
MOST_TITLES = 500  # unwanted ones; the oldest are dropped


async def arrive_talking(state: ChatState, context: ChatContext, parts: Parts) -> dict[str, Any]:
    """`arrive` for who the context names, or whose session it is, or somebody anonymous.

    A rating of the open item goes on with its session, even if that has expired.
    """
    person = state.get("person")
    user = context.user if context.user is not None else person
    user = ANONYMOUS if user is None else user
    if person == user and state.get("choice") and not state.get("ready"):
        _, said = await _newest(state, parts)
        if said.rating is not None:
            return {}
    arriving: ChatState = {**state, "user": user}
    return {"user": user, **await arrive(arriving, context, parts)}


async def listen(state: ChatState, context: ChatContext, parts: Parts) -> dict[str, Any]:
    """What the newest message changes; one that was heard before changes nothing."""
    heard, said = await _newest(state, parts)
    choice, steps, catalogue = state["choice"], state["steps"], parts.world.catalogue
    update: dict[str, Any] = {"wish": said.wish or wish_of(state)}
    rates = choice is not None and said.rating is not None
    if choice and said.rating is not None:
        over = said.ends or has_expired(state, context)
        update |= record(state, choice, context, said.rating, None, over=over)
        update["wish"] = said.wish
    elif said.ends:
        update |= {"choice": None, "ending": ending(steps, None)}
    elif said.moves_on:
        update["choice"] = None
    passed_over = [choice["item"]] if choice and said.moves_on and not rates else []
    update["unwanted"] = _unwanted(state, said, passed_over)
    after = apply_update(state, update)
    gone = {*shown_items(after, catalogue), *unwanted_items(after, catalogue)}
    update["turn"] = Turn(
        heard=heard,
        notes=sentences.notes(said, choice, parts.catalogue_search.common_genres),
        asks_why=said.asks_why and bool(after["choice"]),
        repeats=bool(after["choice"]) and not said.asks_why,
        exhausted=len(gone) == len(catalogue),
    )
    return update


async def _newest(state: ChatState, parts: Parts) -> tuple[str, Said]:
    """The newest message of the person by its id, and what it says if that is new."""
    people = (message for message in reversed(state["messages"]) if message.type == "human")
    message = next(people, HumanMessage("", id=""))
    before, named = state.get("turn"), message.id or ""
    if before and before["heard"] == named:
        return named, NOTHING
    text = text_of(message.content)
    return named, await asyncio.to_thread(_understood, text, parts)


def _understood(text: str, parts: Parts) -> Said:
    catalogue = parts.world.catalogue

    def title_of(name: str) -> str | None:
        item = parts.grounder.named(name)
        return None if item is None else catalogue.titles[item]

    return parse_message(text, parts.catalogue_search.genres, title_of)


def _unwanted(state: ChatState, said: Said, passed_over: list[str]) -> Unwanted:
    """What is unwanted from now on: a later wish for a genre takes back its refusal."""
    before = state["unwanted"]
    genres = dict.fromkeys((*before["genres"], *said.genres))
    titles = dict.fromkeys((*before["titles"], *said.titles, *passed_over))
    taken_back = set(said.wanted) - set(said.genres)
    return Unwanted(
        genres=[genre for genre in genres if genre not in taken_back],
        titles=list(titles)[-MOST_TITLES:],
    )
