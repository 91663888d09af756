"""The Reflector (Eq. 2, 3)."""

from typing import Any

from nodes import prompts
from nodes.ask import ask_about
from nodes.context import Context
from nodes.macro.principle_text import principle_text
from nodes.macro.reflection import fields_of, read_fields
from nodes.macro.session_facts import facts_text, session_facts
from nodes.parsing.echo import not_an_echo
from nodes.parsing.reflection import labelled_values, no_fields, parse_reflection, reflection_text
from nodes.parts import Parts
from nodes.state import EpisodeState, ReflectionFields


async def reflect(state: EpisodeState, context: Context, parts: Parts) -> dict[str, Any]:
    """Turns the finished session into a principle about genres and rests (macro learning).

    Where no reply can be used, the session teaches what was counted.
    """
    ending, catalogue = state["ending"], parts.world.catalogue
    genres = parts.catalogue_search.genres
    user_left = bool(ending and ending["terminated"])
    ended, why = prompts.ENDED_BY_USER if user_left else prompts.ENDED_BY_CAP
    form = {"ending": ended.format(rounds=len(state["steps"])), "why": why}
    counted = facts_text(session_facts(state["steps"], catalogue))
    turn = prompts.REFLECTOR.format(facts=prompts.section(prompts.FACTS, counted), **form)
    # the counts are there to be repeated, so they are no instructions
    instructions = prompts.FIXED + prompts.REFLECTOR.format(facts="", **form)
    of_its_own = not_an_echo(reflection_text, instructions)

    def parse(reply: str) -> ReflectionFields:
        text = reflection_text(reply)  # a filled-in form has to repeat its labels
        return parse_reflection(text if labelled_values(text) else of_its_own(reply), genres)

    said, usage = await ask_about(state, parts, "reflector", turn, parse, no_fields)
    fields = fields_of(said, state["history"], state["steps"], catalogue)
    reflection = read_fields(fields, catalogue, genres)
    text = principle_text(reflection) if reflection else ""
    return {"reflection": text, "reflection_fields": said, "usage": [usage]}
