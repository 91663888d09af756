"""What an episode teaches, as rows of the memories.

Macro learning: one reflection on the whole session, for the Planner. Micro learning: for each
round, an experience for the Actor and a value for the Critic.
"""

import asyncio
from collections.abc import Set as AbstractSet
from typing import Any

from models import Role
from nodes.context import Context, Learning
from nodes.parsing.reflection import clean_reflection
from nodes.parts import Parts
from nodes.principles import initial_situation
from nodes.state import EpisodeState, Recall, Verdict
from nodes.trajectory import session_titles, state_text
from stores import (
    MEMORIES,
    ROUNDS_PER_TICK,
    Hit,
    Lessons,
    MemoryName,
    Row,
    experience,
    reflection,
    value,
)

RECALLED = 4


async def remember(state: EpisodeState, context: Context, parts: Parts) -> dict[str, Any]:
    """Commits the episode's lessons; idempotent, and skipped by runs that do not learn.

    An arrival that waited for the end of an expired session is then `ready`.
    """
    coming = state.get("coming")
    update: dict[str, Any] = {"coming": None, "ready": coming} if coming else {}
    if not context.learns():
        return {"remembered": {}, **update}
    names = parts.grounder.names
    counts = await asyncio.to_thread(
        lambda: parts.memories.commit(lessons(state, names, context.learning))
    )
    return {"remembered": dict(counts), **update}


def _stamp(state: EpisodeState, round_: int) -> int:
    return state["started"] * ROUNDS_PER_TICK + round_


def _macro_lesson(
    state: EpisodeState, names: AbstractSet[str], learning: Learning
) -> tuple[Row, ...]:
    """The reflection of a finished session (Eq. 7); cleaned again, since a state can be edited."""
    ending = state["ending"]
    text = clean_reflection(state["reflection"], session_titles(state), names)
    if not text or not ending:
        return ()
    row = reflection(
        text,
        episode=state["id"],
        at=_stamp(state, 0),
        length=ending["rounds"],
        reward=ending["total_reward"],
        situation=None if learning == "paper" else initial_situation(state),
    )
    return (row,)


def experiences(state: EpisodeState) -> list[Row]:
    """For each judged round the state before it, the item, and whether it paid off (Eq. 17)."""
    return [
        experience(
            _text_before(state, judged),
            state["steps"][judged["round"] - 1]["item"],
            verdict=judged["verdict"],
            at=_stamp(state, judged["round"]),
        )
        for judged in state["verdicts"]
    ]


def values(state: EpisodeState) -> list[Row]:
    """For each judged round the state before it and the estimate that replaces V(s) (Eq. 16)."""
    return [
        value(_text_before(state, judged), judged["target"], at=_stamp(state, judged["round"]))
        for judged in state["verdicts"]
    ]


def lessons(
    state: EpisodeState, names: AbstractSet[str] = frozenset(), learning: Learning = "default"
) -> Lessons:
    """Everything that an episode taught, and which rows it used; `names` are the catalogue's."""
    used = {
        name: tuple(sorted({r["id"] for r in state["recalls"] if r["memory"] == name}))
        for name in MEMORIES
    }
    rows: dict[MemoryName, tuple[Row, ...]] = {
        "reflections": _macro_lesson(state, names, learning),
        "experiences": tuple(experiences(state)),
        "values": tuple(values(state)),
    }
    reward = state["ending"]["total_reward"] if state["ending"] else None
    return Lessons(state["id"], _stamp(state, len(state["steps"])), rows, used, reward)


def recalls(
    role: Role, memory: MemoryName, round_: int, hits: list[Hit], most: int = RECALLED
) -> list[Recall]:
    """The record of what was retrieved, nearest first."""
    return [
        Recall(
            round=round_, role=role, memory=memory, id=hit.row.id, distance=round(hit.distance, 4)
        )
        for hit in hits[:most]
    ]


def _text_before(state: EpisodeState, judged: Verdict) -> str:
    return state_text(state["history"], state["steps"][: judged["round"] - 1])
