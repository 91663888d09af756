"""The end of an episode: its macro and micro lessons are committed together."""

import asyncio
from typing import Any

from nodes.context import Context
from nodes.learning import lessons
from nodes.parts import Parts
from nodes.state import EpisodeState


async def remember(state: EpisodeState, context: Context, parts: Parts) -> dict[str, Any]:
    """Commits the episode's lessons; idempotent, and skipped by runs that do not learn.

    An arrival that waited for the end of an expired session is then `ready`.
    """
    coming = state.get("coming")
    update: dict[str, Any] = {"coming": None, "ready": coming} if coming else {}
    if not context.learns():
        return {"remembered": {}, **update}
    names = parts.grounder.names
    counts = await asyncio.to_thread(lambda: parts.memories.commit(lessons(state, names)))
    return {"remembered": dict(counts), **update}
