"""A user arrives: who they are, what they viewed, and a clean slate."""

import uuid
from typing import Any

from langgraph.types import Overwrite

from nodes.context import Context
from nodes.parts import Parts
from nodes.simulator import ending, expired, now
from nodes.state import GATHERS, Arrival, EpisodeState
from nodes.trajectory import VIEWED_TITLES
from simulator import WorldError, clean_title

LATEST = 2**52  # leaves room for a thousand rounds in the 63 bits that Chroma keeps
LONGEST_NAME = 200
BLANK: dict[str, Any] = {
    "coming": None,
    "choice": None,
    "principles": [],
    "thought": "",
    "value": 0.0,
    "ending": None,
    "reflection": "",
    "remembered": {},
}


async def arrive(state: EpisodeState, context: Context, parts: Parts) -> dict[str, Any]:
    """Starts an episode; what an earlier one left on the same thread is put away.

    A person's open session goes on where it was, however often they arrive. Where it was open for
    too long, or is somebody else's, it is ended first, so that what it taught is learned; whoever
    is coming waits for that.
    """
    ready = state.get("ready")
    arrival = ready or _arrival(state, context, parts)
    if not ready and _is_open(state):
        if arrival["person"] == state["person"] and not expired(state, context):
            return {"coming": None}
        if state["steps"] and (parts.arm.reflects or parts.arm.criticises):
            return {"coming": arrival, "ending": ending(state["steps"], None)}
    left_over = {name: Overwrite([]) for name in GATHERS if state.get(name)}
    return {**arrival, **BLANK, **left_over}


def check_name(episode: object, at: object) -> None:
    """What memories file an episode under must be what they can read again."""
    if episode is not None and (not isinstance(episode, str) or not episode.isprintable()):
        raise WorldError(f"episode must be a text of one line, not {episode!r}")
    if at is not None and (type(at) is not int or not 0 <= at < LATEST):
        raise WorldError(f"at must be a whole number from 0 to {LATEST - 1}, not {at!r}")


def _arrival(state: EpisodeState, context: Context, parts: Parts) -> Arrival:
    user = _user(state.get("user"), context, parts)
    check_name(state.get("episode"), state.get("at"))
    return Arrival(
        user=user,
        person=user if context.human else None,
        opened=now() if context.human else 0,
        id=state.get("episode") or uuid.uuid4().hex,
        started=now() if state.get("at") is None else state["at"],
        history=_history(state, user, parts),
    )


def _user(user: object, context: Context, parts: Parts) -> int | str:
    """A user of the world; with a person, also somebody whom the world does not know."""
    if user is None:
        raise WorldError("unknown user None: no session waits here, so start one with a user")
    if context.human and isinstance(user, str):
        if not user.isprintable() or not 0 < len(user) <= LONGEST_NAME:
            raise WorldError(f"user must be a name of 1 to {LONGEST_NAME} visible characters")
        return user
    return parts.world.check_user(user)


def _is_open(state: EpisodeState) -> bool:
    """Whether a person's session on this thread is not over, or is still being ended."""
    over = state.get("ending") and not state.get("coming")
    return state.get("person") is not None and not over


def _history(state: EpisodeState, user: int | str, parts: Parts) -> list[str]:
    """The titles viewed last: those the caller gives, else those that are known of the user."""
    viewed = state.get("viewed")
    if viewed is None:
        viewed = _known(state, user, parts)
    if not isinstance(viewed, list) or not all(isinstance(title, str) for title in viewed):
        raise WorldError("viewed must be a list of titles")
    recent = [clean_title(title) for title in viewed[-VIEWED_TITLES:]]
    return [title for title in recent if title]


def _known(state: EpisodeState, user: int | str, parts: Parts) -> list[str]:
    """What a person viewed and was shown on this thread before; else what the user's log tells."""
    if state.get("person") == user:
        return [*state["history"], *(step["item"] for step in state["steps"])]
    if isinstance(user, str):
        return []
    return [parts.world.catalogue.titles[item] for item in parts.world.histories[user]]
