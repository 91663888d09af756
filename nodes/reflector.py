"""The Reflector (Eq. 2, 3)."""

from collections.abc import Sequence
from typing import Any

from models import Form, FormField
from nodes import prompts
from nodes.ask import ask_about
from nodes.context import Context
from nodes.macro.principle_text import principle_text
from nodes.macro.reflection import fields_of, read_fields
from nodes.macro.session_facts import facts_text, session_facts
from nodes.parsing.echo import not_an_echo
from nodes.parsing.reflection import (
    LONGEST_REST,
    MOST_GENRES,
    labelled_values,
    no_fields,
    parse_reflection,
    reflection_text,
)
from nodes.parts import Parts
from nodes.state import EpisodeState, ReflectionFields, Why

MOST_OPTIONS = 80  # genres that a schema lists; OpenAI takes 250 longer options in all
LEFT: Sequence[Why] = ("bored", "displeased", "unknown")
STAYED: Sequence[Why] = ("stayed",)


async def reflect(state: EpisodeState, context: Context, parts: Parts) -> dict[str, Any]:
    """Turns the finished session into a principle about genres and rests (macro learning).

    Where no reply can be used, the session teaches what was counted.
    """
    ending, catalogue = state["ending"], parts.world.catalogue
    genres = parts.catalogue_search.genres
    user_left = bool(ending and ending["terminated"])
    ended, why = prompts.ENDED_BY_USER if user_left else prompts.ENDED_BY_CAP
    named = {"ending": ended.format(rounds=len(state["steps"])), "why": why}
    counted = facts_text(session_facts(state["steps"], catalogue))
    turn = prompts.REFLECTOR.format(facts=prompts.section(prompts.FACTS, counted), **named)
    # the counts are there to be repeated, so they are no instructions
    instructions = prompts.FIXED + prompts.REFLECTOR.format(facts="", **named)
    of_its_own = not_an_echo(reflection_text, instructions)

    def parse(reply: str) -> ReflectionFields:
        text = reflection_text(reply)  # a filled-in form has to repeat its labels
        return parse_reflection(text if labelled_values(text) else of_its_own(reply), genres)

    form = reflection_form(LEFT if user_left else STAYED, parts.catalogue_search.common_genres)
    said, usage = await ask_about(state, parts, "reflector", turn, parse, no_fields, form)
    fields = fields_of(said, state["history"], state["steps"], catalogue)
    reflection = read_fields(fields, catalogue, genres)
    text = principle_text(reflection) if reflection else ""
    return {"reflection": text, "reflection_fields": said, "usage": [usage]}


def reflection_form(reasons: Sequence[Why], genres: Sequence[str]) -> Form:
    """The fields of a reflection, which name genres of the catalogue unless it has very many."""
    listed = tuple(genres) if len(genres) <= MOST_OPTIONS else ()
    return Form(
        (
            FormField("why", tuple(reasons)),
            FormField("genres", listed, MOST_GENRES),
            FormField("rest", (*range(LONGEST_REST + 1), None)),
            FormField("show", listed, MOST_GENRES),
            FormField("avoid", listed, MOST_GENRES),
        )
    )
