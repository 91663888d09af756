"""The Planner (Eq. 4 to 6)."""

import asyncio
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from nodes import prompts
from nodes.announce import announce_recalled
from nodes.ask import ask_about
from nodes.context import Context
from nodes.learning import recalls
from nodes.macro.genre_rests import genres_text
from nodes.macro.principle_text import PRINCIPLE_LIMIT
from nodes.macro.principles import principles_for
from nodes.macro.routes import suggested
from nodes.parsing.echo import not_an_echo
from nodes.parsing.plan import parse_plan
from nodes.parsing.query import with_quotes
from nodes.parts import Parts
from nodes.state import EpisodeState, Principle
from nodes.tools import tools_of
from nodes.trajectory import quoted
from simulator import plain
from stores import Hit

NAMES_OF_EXAMPLES = frozenset(  # titles and genres
    name
    for asked, _ in prompts.PLANS
    for title, genres in re.findall(r'"(.+?)" \[(.+?)\]', asked)
    for name in (title, *genres.split(", "))
)


async def plan(state: EpisodeState, context: Context, parts: Parts) -> dict[str, Any]:
    """Plans the coming rounds, with K reflections of earlier sessions (Eq. 5)."""
    told = await told_to_planner(state, context, parts)
    turn = prompts.PLANNER.format(round=len(state["steps"]) + 1, extent=told.extent)
    parse = plan_parser(turn, parts)
    thought, usage = await ask_about(
        state,
        parts,
        "planner",
        told.text + turn,
        parse,
        lambda _: prompts.NO_PLAN,
        examples=prompts.PLANS,
        principles=told.principles,
    )
    return {**told.update, "thought": told.quoted(thought), "usage": [usage]}


def plan_parser(turn: str, parts: Parts) -> Callable[[str], str]:
    """The parser of plans, which refuses those that repeat the prompt, asked so or otherwise."""
    foreign = [
        name
        for name in NAMES_OF_EXAMPLES - parts.catalogue_search.genres
        if parts.world.catalogue.find(name) is None
    ]
    extents = f"{prompts.GENRES_ALONE}\n{prompts.GENRES_AND_ITEMS}\n"
    return not_an_echo(parse_plan, prompts.FIXED + extents + turn, foreign)


class Told(NamedTuple):
    """The Planner's principles, what stands before its turn, the titles it may name, the update."""

    principles: str
    text: str
    kept: Sequence[str]
    update: dict[str, Any]

    @property
    def extent(self) -> str:
        """What the plan is to hold."""
        return prompts.GENRES_AND_ITEMS if self.kept else prompts.GENRES_ALONE

    def quoted(self, thought: str) -> str:
        """The plan with those titles in quotation marks, by which items are found."""
        return with_quotes(thought, self.kept)


async def told_to_planner(state: EpisodeState, context: Context, parts: Parts) -> Told:
    """What the Planner is told of the catalogue and of earlier sessions.

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
    listed = "\n".join(f"- {plain(one['text'], PRINCIPLE_LIMIT)}" for one in principles)
    genres = genres_text(
        state["steps"], parts.world.catalogue, parts.catalogue_search.common_genres
    )
    kept: list[str] = []
    if _may_name_items(context, parts):
        items = await asyncio.to_thread(suggested, state, parts, tools_of(context, parts))
        kept = [parts.world.catalogue.titles[item] for item in items]
    named = "; ".join(map(quoted, kept))
    text = prompts.section(prompts.GENRES, genres) + prompts.section(prompts.KEPT, named)
    return Told(prompts.section(prompts.PRINCIPLES, listed), text, kept, update)


def _may_name_items(context: Context, parts: Parts) -> bool:
    """Whether reflections are told, and the Actor is offered what a plan names."""
    told = parts.arm.reflects and context.reflections > 0 and context.learning != "paper"
    return told and "search" in tools_of(context, parts)
