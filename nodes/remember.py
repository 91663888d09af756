"""The end of an episode: what it taught is committed at once, or not at all."""

import asyncio
from typing import Any

from nodes.context import Context
from nodes.learning import lessons
from nodes.parts import Parts
from nodes.state import EpisodeState


async def remember(state: EpisodeState, context: Context, parts: Parts) -> dict[str, Any]:
    """Commits the episode's lessons; running again changes nothing, and frozen runs skip it.

    Whoever was waiting for a session that had been left open arrives next.
    """
    coming = state.get("coming")
    update: dict[str, Any] = {"coming": None, "ready": coming} if coming else {}
    if not context.learns():
        return {"remembered": {}, **update}
    names = parts.grounder.names
    counts = await asyncio.to_thread(lambda: parts.memories.commit(lessons(state, names)))
    return {"remembered": dict(counts), **update}
