"""What an episode teaches, in the form in which memories keep it."""

from collections.abc import Set as AbstractSet

from models import Role
from nodes.parsing.reflection import clean_reflection
from nodes.state import EpisodeState, Recall, Verdict
from nodes.trajectory import met, state_text
from stores import MEMORIES, Hit, Lessons, MemoryName, Row, experience, reflection, value

ROUNDS_PER_TICK = 1000  # stamps order episodes first, then rounds within one
RECALLED = 4


def stamp(state: EpisodeState, round_: int) -> int:
    """When something was learned."""
    return state["started"] * ROUNDS_PER_TICK + round_


def experiences(state: EpisodeState) -> list[Row]:
    """Every judged round: the state before it, the item, and whether it paid off (Eq. 17)."""
    return [
        experience(
            _before(state, judged),
            state["steps"][judged["round"] - 1]["item"],
            verdict=judged["verdict"],
            at=stamp(state, judged["round"]),
        )
        for judged in state["verdicts"]
    ]


def values(state: EpisodeState) -> list[Row]:
    """Every judged round: the state before it and the better estimate of its value (Eq. 16)."""
    return [
        value(_before(state, judged), judged["target"], at=stamp(state, judged["round"]))
        for judged in state["verdicts"]
    ]


def lessons(state: EpisodeState, names: AbstractSet[str] = frozenset()) -> Lessons:
    """All of it, and which memories were used on the way.

    The reflection is cleaned once more, of the catalogue's names too: a state can be edited.
    """
    ending = state["ending"]
    reflections: tuple[Row, ...] = ()
    text = clean_reflection(state["reflection"], met(state), names)
    if text and ending:
        reflections = (
            reflection(
                text,
                episode=state["id"],
                at=stamp(state, 0),
                length=ending["rounds"],
                reward=ending["total_reward"],
            ),
        )
    used = {
        name: tuple(sorted({r["id"] for r in state["recalls"] if r["memory"] == name}))
        for name in MEMORIES
    }
    rows: dict[MemoryName, tuple[Row, ...]] = {
        "reflections": reflections,
        "experiences": tuple(experiences(state)),
        "values": tuple(values(state)),
    }
    return Lessons(state["id"], stamp(state, len(state["steps"])), rows, used)


def recalls(role: Role, memory: MemoryName, round_: int, hits: list[Hit]) -> list[Recall]:
    """The record of what was retrieved, nearest first."""
    return [
        Recall(
            round=round_,
            role=role,
            memory=memory,
            id=hit.row.id,
            distance=round(hit.distance, 4),
        )
        for hit in hits[:RECALLED]
    ]


def _before(state: EpisodeState, judged: Verdict) -> str:
    return state_text(state["history"], state["steps"][: judged["round"] - 1])
