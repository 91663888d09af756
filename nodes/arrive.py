"""The start of an episode: who the user is, what they viewed, and a cleared state."""

import uuid
from typing import Any

from langgraph.types import Overwrite

from nodes.context import Context
from nodes.input_limits import LATEST_START, LONGEST_NAME
from nodes.parts import Parts
from nodes.simulator import ending, has_expired, now
from nodes.state import APPENDED_CHANNELS, Arrival, EpisodeState
from nodes.trajectory import HISTORY, session_titles
from simulator import WorldError, clean_title

CLEARED: dict[str, Any] = {
    "coming": None,
    "choice": None,
    "principles": [],
    "thought": "",
    "wish": "",
    "unwanted": {"genres": [], "titles": []},
    "value": 0.0,
    "ending": None,
    "reflection": "",
    "reflection_fields": None,
    "remembered": {},
}


async def arrive(state: EpisodeState, context: Context, parts: Parts) -> dict[str, Any]:
    """Starts an episode and clears what an earlier one left on the thread.

    A person's open session is resumed. If it has expired or belongs to another user, it is first
    ended and learned from, as its own user's; until then the new arrival is kept in `coming`.
    """
    ready = state.get("ready")
    arrival = ready or _arrival(state, context, parts)
    if not ready and _is_open(state):
        if arrival["person"] == state["person"] and not has_expired(state, context):
            return {"coming": None}
        if state["steps"] and (parts.arm.reflects or parts.arm.criticises):
            ended = {"user": state["person"], "ending": ending(state["steps"], None)}
            return {"coming": arrival, **ended}
    cleared = {name: Overwrite([]) for name in APPENDED_CHANNELS if state.get(name)}
    return {**arrival, **CLEARED, **cleared}


def _arrival(state: EpisodeState, context: Context, parts: Parts) -> Arrival:
    """The new arrival; a name or a time under which memories could not file it is refused."""
    user = _user(state.get("user"), context, parts)
    episode: object = state.get("episode")
    at: object = state.get("at")
    if episode is not None and (not isinstance(episode, str) or not episode.isprintable()):
        raise WorldError(f"episode must be a text of one line, not {episode!r}")
    if at is not None and (type(at) is not int or not 0 <= at < LATEST_START):
        raise WorldError(f"at must be a whole number from 0 to {LATEST_START - 1}, not {at!r}")
    return Arrival(
        user=user,
        person=user if context.human else None,
        opened=now() if context.human else 0,
        id=episode or uuid.uuid4().hex,
        started=now() if at is None else at,
        history=_history(state, user, parts)[-HISTORY:],
    )


def _user(user: object, context: Context, parts: Parts) -> int | str:
    """A user of the world; with `human`, also a name that the world does not know."""
    if user is None:
        raise WorldError("unknown user None: no session waits here, so start one with a user")
    if context.human and isinstance(user, str):
        if not user.isprintable() or not 0 < len(user) <= LONGEST_NAME:
            raise WorldError(f"user must be a name of 1 to {LONGEST_NAME} visible characters")
        return user
    return parts.world.check_user(user)


def _is_open(state: EpisodeState) -> bool:
    """Whether a person's session on this thread has not ended, or not been learned from yet."""
    over = state.get("ending") and not state.get("coming")
    return state.get("person") is not None and not over


def _history(state: EpisodeState, user: int | str, parts: Parts) -> list[str]:
    """The caller's titles, cleaned; else a person's earlier session here; else the user's log."""
    viewed = state.get("viewed")
    if viewed is not None:
        if not isinstance(viewed, list) or not all(isinstance(title, str) for title in viewed):
            raise WorldError("viewed must be a list of titles")
        return [title for raw in viewed[-HISTORY:] if (title := clean_title(raw))]
    if state.get("person") == user:
        return session_titles(state)
    if isinstance(user, str):
        return []
    return [parts.world.catalogue.titles[item] for item in parts.world.histories[user]]
