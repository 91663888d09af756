"""What an episode teaches, as rows of the memories.

Macro learning: one reflection on the whole session, for the Planner. Micro learning: for each
round, an experience for the Actor and a value for the Critic.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from models import Role
from nodes.context import Context
from nodes.evidence.estimate import Round
from nodes.evidence.facts import facts_of_rounds
from nodes.evidence.remembered import entry_of, known_pairs, place_of
from nodes.macro.principle_text import principle_text
from nodes.macro.reflection import fields_of, read_fields
from nodes.parsing.reflection import NOTE_LIMIT
from nodes.parts import Parts
from nodes.situation import initial_situation
from nodes.state import EpisodeState, Recall, Verdict
from nodes.tools import tools_of
from nodes.trajectory import state_text
from simulator import plain
from stores import (
    MEMORIES,
    ROUNDS_PER_TICK,
    Entry,
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
    counts = await asyncio.to_thread(lambda: parts.memories.commit(lessons(state, context, parts)))
    return {"remembered": dict(counts), **update}


def _stamp(state: EpisodeState, round_: int) -> int:
    return state["started"] * ROUNDS_PER_TICK + round_


def _macro_lesson(state: EpisodeState, context: Context, parts: Parts) -> tuple[Row, ...]:
    """The reflection of a finished session (Eq. 7), read as a stored one: states can be edited."""
    ending, said = state["ending"], state.get("reflection_fields")
    if not ending or not said:
        return ()
    catalogue = parts.world.catalogue
    fields = fields_of(said, state["history"], state["steps"], catalogue)
    read = read_fields(fields, catalogue, parts.catalogue_search.genres)
    if not read:
        return ()
    row = reflection(
        principle_text(read),
        episode=state["id"],
        at=_stamp(state, 0),
        length=ending["rounds"],
        reward=ending["total_reward"],
        situation=None if context.learning == "paper" else initial_situation(read.likes),
        fields=fields,
        note=plain(str(said.get("note") or ""), NOTE_LIMIT),
    )
    return (row,)


def experiences(state: EpisodeState, known: Sequence[Entry] | None = None) -> list[Row]:
    """For each judged round the state before it, the item, and whether it paid off (Eq. 17).

    `known` is what else is to be remembered of each round of the session.
    """
    return [
        experience(
            _text_before(state, judged),
            state["steps"][judged["round"] - 1]["item"],
            verdict=judged["verdict"],
            at=_stamp(state, judged["round"]),
            known=known[judged["round"] - 1] if known else {},
        )
        for judged in state["verdicts"]
    ]


def _evidence(state: EpisodeState, context: Context, parts: Parts) -> list[Entry]:
    """What each round adds to the evidence."""
    if not state["verdicts"]:
        return []
    tools = tools_of(context, parts)
    place = place_of(parts, tools)
    facts = facts_of_rounds(state, parts, known_pairs(parts, tools))
    advantages = {judged["round"]: judged["advantage"] for judged in state["verdicts"]}
    return [
        entry_of(Round(known, step["quit"] is None, advantages.get(step["round"], 0.0)), place)
        if known
        else {}
        for known, step in zip(facts, state["steps"], strict=True)
    ]


def values(state: EpisodeState) -> list[Row]:
    """For each judged round the state before it and the estimate that replaces V(s) (Eq. 16)."""
    return [
        value(_text_before(state, judged), judged["target"], at=_stamp(state, judged["round"]))
        for judged in state["verdicts"]
    ]


def returns(state: EpisodeState, gamma: float) -> list[Row]:
    """For each judged round the state before it and the discounted ratings from there on.

    They are known at the end of a session. Unlike the targets of Eq. 16 they hold no estimate of
    the Critic, whose bias they would hand on; only where a session was cut off does V(s') follow.
    """
    rows: list[Row] = []
    worth = state["verdicts"][-1]["next_value"] if state["verdicts"] else 0.0
    for judged in reversed(state["verdicts"]):
        round_ = judged["round"]
        worth = state["steps"][round_ - 1]["reward"] + gamma * worth
        key = f"{state['id']}.{round_}"  # so that situations of one text keep each its own
        rows.append(value(_text_before(state, judged), worth, at=_stamp(state, round_), key=key))
    return rows[::-1]


def lessons(state: EpisodeState, context: Context, parts: Parts) -> Lessons:
    """Everything that an episode taught, and which rows it used."""
    used = {
        name: tuple(sorted({r["id"] for r in state["recalls"] if r["memory"] == name}))
        for name in MEMORIES
    }
    known = values(state) if context.learning == "paper" else returns(state, context.gamma)
    rows: dict[MemoryName, tuple[Row, ...]] = {
        "reflections": _macro_lesson(state, context, parts),
        "experiences": tuple(experiences(state, _evidence(state, context, parts))),
        "values": tuple(known),
    }
    reward = state["ending"]["total_reward"] if state["ending"] else None
    at = _stamp(state, len(state["steps"]))
    return Lessons(state["id"], at, rows, used, reward, state["user"])


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
    return judged.get("situation") or state_text(
        state["history"], state["steps"][: judged["round"] - 1]
    )
