"""The Reflector (Eq. 2, 3)."""

import re
from typing import Any

from nodes import prompts
from nodes.ask import ask
from nodes.context import Context
from nodes.parts import Parts
from nodes.replies import read_reflection
from nodes.state import EpisodeState
from nodes.trajectory import messages

SHORTEST_TITLE = 4


async def reflect(state: EpisodeState, context: Context, parts: Parts) -> dict[str, Any]:
    """Distils the finished session into a principle that names no item."""
    ending = state["ending"]
    left = bool(ending and ending["terminated"])
    told = prompts.ENDED_BY_USER if left else prompts.ENDED_BY_CAP
    turn = prompts.REFLECTOR.format(ending=told.format(rounds=len(state["steps"])))
    text, usage = await ask(
        parts.models["reflector"],
        "reflector",
        len(state["steps"]) + 1,
        messages(state, parts.world.catalogue, turn),
        read_reflection,
        lambda _: prompts.NO_REFLECTION,
    )
    reflection = without_titles(text, [step["item"] for step in state["steps"]])
    return {"reflection": reflection, "usage": [usage]}


def without_titles(text: str, titles: list[str]) -> str:
    """The text with this session's titles replaced, so that a principle suits other items too."""
    for title in sorted(set(titles), key=len, reverse=True):
        if len(title) >= SHORTEST_TITLE:
            name = rf"(?<!\w)[\"'“]?{re.escape(title)}[\"'”]?(?!\w)"
            case = re.IGNORECASE if " " in title else re.NOFLAG  # one word may be a common one
            text = re.sub(name, "an item", text, flags=case)
    return text
