"""The Actor (Eq. 8 to 11)."""

import asyncio
import re
from typing import Any

from nodes import prompts
from nodes.ask import ask
from nodes.context import Context
from nodes.learning import experiences, recalls
from nodes.parsing.action import parse_action
from nodes.parts import Parts
from nodes.prompts import titled
from nodes.state import Choice, EpisodeState
from nodes.tools import consult, shown_items
from nodes.trajectory import item_text, messages, quoted, state_text
from simulator import clean_title, plain
from stores import Hit

TITLES_REMEMBERED = 5
TITLES_ASKED_FOR = 3
QUERY_LIMIT = 160
SENTENCE_END = re.compile(r"(?<=[.;!?])\s+")
INTENTION = re.compile(r"\b(next|recommend\w*|should|show|try|explore)\b", re.IGNORECASE)
RAW_LIMIT = 160


async def act(state: EpisodeState, context: Context, parts: Parts) -> dict[str, Any]:
    """Turns the thought into one item of the catalogue."""
    hits, tools = await asyncio.to_thread(_prepare, state, context, parts)
    round_ = len(state["steps"]) + 1
    turn = prompts.ACTOR.format(
        plan=titled("Plan", state["thought"]),
        tools=tools,
        experience=titled("Experience in this situation", remembered(hits)),
        round=round_,
    )
    reply, usage = await ask(
        parts.models["actor"],
        "actor",
        round_,
        messages(state, parts.world.catalogue, turn),
        parse_action,
        lambda raw: plain(raw, RAW_LIMIT) or state["thought"] or "anything",
    )
    choice = await asyncio.to_thread(_ground, reply, state, context, parts)
    found = recalls("actor", "experiences", round_, hits)
    return {"choice": choice, "recalls": found, "usage": [usage]}


def remembered(hits: list[Hit]) -> str:
    """Which items paid off in this situation and which did not, the latest verdict on each."""
    paid, unpaid = list[str](), list[str]()
    for hit in hits:
        for title, entry in hit.row.newest():
            if title not in paid and title not in unpaid:
                (paid if entry["verdict"] else unpaid).append(title)
    lines = [("paid off", paid), ("did not pay off", unpaid)]
    return "\n".join(
        f"{name}: {', '.join(quoted(clean_title(title)) for title in titles[:TITLES_REMEMBERED])}"
        for name, titles in lines
        if titles
    )


def _prepare(state: EpisodeState, context: Context, parts: Parts) -> tuple[list[Hit], str]:
    """Experiences within tau of the state (Eq. 8), and the tools' texts (Eq. 9)."""
    hits: list[Hit] = []
    if parts.arm.criticises:
        hits = parts.memories.within(
            "experiences",
            state_text(state["history"], state["steps"]),
            context.tau_actor,
            own=experiences(state),
        )
    names = parts.arm.tools if context.tools is None else context.tools
    return hits, consult(names, state, wanted(state, parts), parts)


def wanted(state: EpisodeState, parts: Parts) -> str:
    """What to search for: the part of the plan that says what to show, else more of the same."""
    for sentence in SENTENCE_END.split(state["thought"]):
        if INTENTION.search(sentence):
            return plain(sentence, QUERY_LIMIT)
    if state["thought"]:
        return plain(state["thought"], QUERY_LIMIT)
    titles = [*state["history"], *(step["item"] for step in state["steps"])]
    recent = titles[-TITLES_ASKED_FOR:]
    return "; ".join(item_text(title, parts.world.catalogue) for title in recent) or "anything"


def _ground(reply: str, state: EpisodeState, context: Context, parts: Parts) -> Choice:
    catalogue = parts.world.catalogue
    grounded = parts.grounder.ground(
        reply, shown_items(state, catalogue), distinct=context.grounding == "distinct"
    )
    return Choice(reply=reply, item=catalogue.titles[grounded.item], found=grounded.found)
