"""The Actor (Eq. 8 to 11)."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from models import FREE, Form
from nodes import prompts
from nodes.announce import announce, announce_chosen, announce_recalled
from nodes.ask import ask_about
from nodes.asked import unwanted_items, wish_of, wish_section
from nodes.candidates import (
    Candidate,
    Offer,
    candidates_text,
    offer,
    offered_event,
    shortlisted,
    shuffled,
)
from nodes.context import Context
from nodes.learning import RECALLED, experiences, recalls
from nodes.parsing.action import parse_action
from nodes.parsing.choice import parse_choice
from nodes.parsing.nothing import names_nothing
from nodes.parsing.plan import THOUGHT_LIMIT
from nodes.parsing.query import said_to_show
from nodes.parts import Parts
from nodes.prompts import section
from nodes.situation import situation
from nodes.state import Choice, EpisodeState
from nodes.tools import run_tools, tools_of
from nodes.trajectory import item_text, quoted, session_titles, shown_items
from simulator import clean_title, plain
from stores import Hit

TITLES_REMEMBERED = 5
TITLES_IN_QUERY = 3
RAW_LIMIT = 160
PLAN_SHOWN = 2 * THOUGHT_LIMIT  # of a plan that a person edited; none of a Planner is as long


async def act(state: EpisodeState, context: Context, parts: Parts) -> dict[str, Any]:
    """Turns the plan into one item of the catalogue."""
    hits, texts, offered = await asyncio.to_thread(_retrieve, state, context, parts)
    round_, numbered = len(state["steps"]) + 1, _is_numbered(context, offered)
    told = [(hit.row.text, hit.distance) for hit in hits[:RECALLED]]
    announce_recalled(round_, "actor", "experiences", told)
    announce(offered_event(offered, round_, parts.world.catalogue))
    form = prompts.CHOOSE_NUMBER if numbered else prompts.CHOOSE_TITLE
    count = len(offered.candidates)
    turn = prompts.ACTOR.format(
        plan=section("Plan", plain(state["thought"], PLAN_SHOWN)) + wish_section(state),
        tools=candidates_text(offered, parts.world.catalogue, numbered=numbered) + texts,
        experience=_experience(hits, offered, context, parts),
        round=round_,
        form=form.format(count=count),
    )

    def is_title(text: str) -> bool:
        return parts.world.catalogue.find(text) is not None

    def parse(reply: str) -> int | str:
        return parse_choice(reply, count, is_title) if numbered else parse_action(reply, is_title)

    def fallback(raw: str) -> int | str:
        said = plain(raw, RAW_LIMIT)
        return said if said and not names_nothing(said) else state["thought"] or "anything"

    wanted = Form.one_of(range(1, count + 1)) if numbered else FREE
    reply, usage = await ask_about(state, parts, "actor", turn, parse, fallback, wanted)
    choice = await asyncio.to_thread(_ground, reply, offered.candidates, state, context, parts)
    announce_chosen(round_, choice["item"], parts.world.catalogue)
    if offered.evidence:
        choice["evidence"] = offered.evidence.rounds
    found = recalls("actor", "experiences", round_, hits)
    return {"choice": choice, "recalls": found, "usage": [usage]}


def _is_numbered(context: Context, offered: Offer) -> bool:
    return context.choose == "number" and bool(offered.candidates)


def experience_text(hits: list[Hit]) -> str:
    """Which items paid off in this situation and which did not, by the nearest verdict on each."""
    verdicts: dict[str, bool] = {}
    for hit in hits:
        for title, entry in hit.row.newest():
            verdicts.setdefault(title, bool(entry["verdict"]))
    lines = []
    for name, verdict in (("paid off", True), ("did not pay off", False)):
        titles = [title for title in verdicts if verdicts[title] is verdict][:TITLES_REMEMBERED]
        if titles:  # cleaned here, since a memory may have been imported
            lines.append(f"{name}: {', '.join(quoted(clean_title(title)) for title in titles)}")
    return "\n".join(lines)


def _retrieve(state: EpisodeState, context: Context, parts: Parts) -> tuple[list[Hit], str, Offer]:
    """Experiences within tau of the state (Eq. 8), the tools' texts (Eq. 9), and candidates."""
    hits: list[Hit] = []
    if parts.arm.criticises and context.learning == "paper":
        hits = parts.memories.within(
            "experiences",
            situation(state["history"], state["steps"], parts.world.catalogue, context.learning),
            context.tau_actor,
            own=experiences(state),
        )
    texts = run_tools(tools_of(context, parts), state, _search_query(state, parts), parts)
    return hits, texts, offered_items(state, context, parts)


def offered_items(state: EpisodeState, context: Context, parts: Parts) -> Offer:
    """The candidates in the order of the prompt; none without a source."""
    tools, told = tools_of(context, parts), gathers(context, parts)
    found = offer(state, _search_query(state, parts), parts, tools, told=told)
    if parts.arm.shortlist:
        found = shortlisted(found, parts.arm.shortlist)
    if context.choose == "title":
        return found
    return replace(found, candidates=shuffled(found.candidates, state, context.seed))


def gathers(context: Context, parts: Parts) -> bool:
    """Whether the Actor has evidence of what users do, as far as it was gathered."""
    return parts.arm.criticises and context.learning != "paper"


def trains(context: Context) -> bool:
    """Whether simulated users are played for what can be learned from them."""
    return context.half == "train" and not context.human


def _experience(hits: list[Hit], offered: Offer, context: Context, parts: Parts) -> str:
    """The section of experiences, or where evidence is missing the order to gather some.

    Evidence itself stands on the lines of the candidates.
    """
    if gathers(context, parts) and trains(context) and not offered.evidence:
        return section("Experience", prompts.EXPLORE)
    return section(prompts.EXPERIENCE, experience_text(hits))


def _search_query(state: EpisodeState, parts: Parts) -> str:
    """A person's wish, or what the plan says to show; without either, the latest titles."""
    if wish := wish_of(state):
        return wish
    if said := said_to_show(state["thought"]):
        return said
    recent = session_titles(state)[-TITLES_IN_QUERY:]
    return "; ".join(item_text(title, parts.world.catalogue) for title in recent) or "anything"


def _ground(
    reply: int | str,
    offered: Sequence[Candidate],
    state: EpisodeState,
    context: Context,
    parts: Parts,
) -> Choice:
    """The item that a number chose, or that a title means (Eq. 11)."""
    catalogue = parts.world.catalogue
    if isinstance(reply, int):
        title = catalogue.titles[offered[reply - 1].item]
        return Choice(reply=str(reply), item=title, found="number")
    exclude = unwanted_items(state, catalogue)
    if context.grounding == "distinct":
        exclude += shown_items(state, catalogue)
    grounded = parts.grounder.ground(reply, exclude)
    return Choice(reply=reply, item=catalogue.titles[grounded.item], found=grounded.found)
