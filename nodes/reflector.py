"""The Reflector (Eq. 2, 3)."""

from typing import Any

from nodes import prompts
from nodes.ask import ask_about
from nodes.context import Context
from nodes.macro.session_facts import facts_text, session_facts
from nodes.parsing.echo import not_an_echo
from nodes.parsing.reflection import clean_reflection, parse_reflection
from nodes.parts import Parts
from nodes.state import EpisodeState
from nodes.trajectory import session_titles


async def reflect(state: EpisodeState, context: Context, parts: Parts) -> dict[str, Any]:
    """Turns the finished session into a principle that names no item (macro learning).

    Where no reply can be used, the session teaches no principle.
    """
    ending = state["ending"]
    user_left = bool(ending and ending["terminated"])
    sentence = prompts.ENDED_BY_USER if user_left else prompts.ENDED_BY_CAP
    asked = sentence.format(rounds=len(state["steps"]))
    counted = facts_text(session_facts(state["steps"], parts.world.catalogue))
    turn = prompts.REFLECTOR.format(facts=prompts.section(prompts.FACTS, counted), ending=asked)
    # the counts are there to be repeated, so they are no instructions
    instructions = prompts.FIXED + prompts.REFLECTOR.format(facts="", ending=asked)
    parse = not_an_echo(parse_reflection, instructions)
    text, usage = await ask_about(state, parts, "reflector", turn, parse, lambda _: "")
    reflection = clean_reflection(text, session_titles(state), parts.grounder.names)
    return {"reflection": reflection, "usage": [usage]}
