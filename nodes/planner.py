"""The Planner (Eq. 4 to 6)."""

import asyncio
from typing import Any

from nodes import prompts
from nodes.announce import announce_recalled
from nodes.ask import ask_about
from nodes.context import Context
from nodes.learning import recalls
from nodes.macro.genre_rests import genres_text
from nodes.macro.principles import principles_for
from nodes.macro.routes import suggested, suggested_text
from nodes.parsing.echo import not_an_echo
from nodes.parsing.plan import parse_plan
from nodes.parts import Parts
from nodes.state import EpisodeState, Principle
from nodes.tools import tools_of
from stores import Hit


async def plan(state: EpisodeState, context: Context, parts: Parts) -> dict[str, Any]:
    """Plans the coming rounds, with K reflections of earlier sessions (Eq. 5)."""
    told, extent, update = await told_to_planner(state, context, parts)
    turn = prompts.PLANNER.format(round=len(state["steps"]) + 1, extent=extent)
    parse = not_an_echo(parse_plan, prompts.FIXED + turn)
    thought, usage = await ask_about(
        state,
        parts,
        "planner",
        told + turn,
        parse,
        lambda _: prompts.NO_PLAN,
        examples=prompts.PLANS,
    )
    return {**update, "thought": thought, "usage": [usage]}


async def told_to_planner(
    state: EpisodeState, context: Context, parts: Parts
) -> tuple[str, str, dict[str, Any]]:
    """What stands before the Planner's turn, what its plan is to hold, and the update.

    Principles are retrieved once an episode, before its first round; items for each round.
    """
    update: dict[str, Any] = {}
    principles = state["principles"]
    if parts.arm.reflects and not state["steps"]:
        found = await asyncio.to_thread(principles_for, state, context, parts)
        principles = [Principle(text=one.text, distance=round(one.distance, 4)) for one in found]
        # all of them: each is told how the session went
        hits = [Hit(one.row, one.distance) for one in found]
        recalled = recalls("planner", "reflections", 1, hits, most=len(hits))
        announce_recalled(1, "planner", "reflections", [(one.text, one.distance) for one in found])
        update = {"principles": principles, "recalls": recalled}
    listed = "\n".join(f"- {principle['text']}" for principle in principles)
    genres = genres_text(
        state["steps"], parts.world.catalogue, parts.catalogue_search.common_genres
    )
    kept = ""
    if _may_name_items(context, parts):
        kept = await asyncio.to_thread(_kept_text, state, context, parts)
    told = [(prompts.PRINCIPLES, listed), (prompts.GENRES, genres), (prompts.KEPT, kept)]
    extent = prompts.GENRES_AND_ITEMS if kept else prompts.GENRES_ALONE
    return "".join(prompts.section(*one) for one in told), extent, update


def _may_name_items(context: Context, parts: Parts) -> bool:
    """Whether reflections are told, and the Actor is offered what a plan names."""
    told = parts.arm.reflects and context.reflections > 0 and context.learning != "paper"
    return told and "search" in tools_of(context, parts)


def _kept_text(state: EpisodeState, context: Context, parts: Parts) -> str:
    items = suggested(state, parts, tools_of(context, parts))
    return suggested_text(items, parts.world.catalogue)
