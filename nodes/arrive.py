"""A user arrives: who they are, what they viewed, and a clean slate."""

import time
import uuid
from typing import Any

from langgraph.types import Overwrite

from nodes.context import Context
from nodes.parts import Parts
from nodes.state import EpisodeState
from nodes.trajectory import VIEWED_TITLES
from simulator import WorldError, clean_title

LATEST = 2**52  # leaves room for a thousand rounds in the 63 bits that Chroma keeps
GATHERED = ("steps", "verdicts", "recalls", "usage")
BLANK = {
    "principles": [],
    "thought": "",
    "value": 0.0,
    "ending": None,
    "reflection": "",
    "remembered": {},
}


async def arrive(state: EpisodeState, context: Context, parts: Parts) -> dict[str, Any]:
    """Starts an episode; what an earlier one left on the same thread is put away."""
    user = parts.world.check_user(state.get("user"))
    check_name(state.get("episode"), state.get("at"))
    left_over = {name: Overwrite([]) for name in GATHERED if state.get(name)}
    return {
        "user": user,
        "id": state.get("episode") or uuid.uuid4().hex,
        "started": _now() if state.get("at") is None else state["at"],
        "history": _history(state, user, parts),
        **BLANK,
        **left_over,
    }


def check_name(episode: object, at: object) -> None:
    """What memories file an episode under must be what they can read again."""
    if episode is not None and (not isinstance(episode, str) or not episode.isprintable()):
        raise WorldError(f"episode must be a text of one line, not {episode!r}")
    if at is not None and (type(at) is not int or not 0 <= at < LATEST):
        raise WorldError(f"at must be a whole number from 0 to {LATEST - 1}, not {at!r}")


def _history(state: EpisodeState, user: int, parts: Parts) -> list[str]:
    """The titles viewed last: those the caller gives, else those of the user's log."""
    viewed = state.get("viewed")
    if viewed is None:
        viewed = [parts.world.catalogue.titles[item] for item in parts.world.histories[user]]
    if not isinstance(viewed, list) or not all(isinstance(title, str) for title in viewed):
        raise WorldError("viewed must be a list of titles")
    recent = [clean_title(title) for title in viewed[-VIEWED_TITLES:]]
    return [title for title in recent if title]


def _now() -> int:
    """Milliseconds: episodes are told apart and ordered by when they began."""
    return time.time_ns() // 1_000_000
