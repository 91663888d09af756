"""Nothing but our sentences, with genres of the catalogue, reaches Planners of other sessions."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from models import prompt_text
from nodes import Context, EpisodeState, Parts, lessons, plan, reflect
from nodes.macro.principle_text import PRINCIPLE_LIMIT
from nodes.prompts import PRINCIPLES
from nodes.simulator import ending
from stores import Memories, SentenceEmbedder
from tests.nodes.conftest import SHOP, Witness, episode, parts_of, steps_of
from tests.nodes.macro.hostile_reflections import FORM, HOSTILE

GENRE = "|".join(sorted({genre for genres in SHOP.genres for genre in genres}))
GENRES = rf"(?:{GENRE})(?:, (?:{GENRE}))?(?: and (?:{GENRE}))?"
COUNT = r"\d{1,3} of \d{1,3}"
LEFT = rf"left in round \d{{1,3}}(?:, (?:bored|displeased)(?: by {GENRES})?| over {GENRES})?"
STAYED = rf"was still there after round \d{{1,3}}(?:, kept by {GENRES})?"
OURS = re.compile(
    rf"The user (?:{LEFT}|{STAYED})\. "
    rf"(?:Kinds that came back: after \d(?: or more)? rounds?: {COUNT} stayed"
    rf"(?:, after \d(?: or more)?: {COUNT})*\. )?New kinds: {COUNT}(?: stayed)?\."
    r"(?: Let a kind rest for (?:[2-9]|1\d|20) rounds or more\.| Kinds may come back at once\.)?"
    rf"(?: Show {GENRES}\.)?(?: Avoid {GENRES}\.)?"
)
ROUNDS = ["Amber Quarry", "Lunar Vault", "Opal Ferry"]
LEARNINGS = pytest.mark.parametrize("learning", ["default", "paper"])


def told_by(reply: str, embedder: SentenceEmbedder, memories: Memories) -> tuple[Parts, Witness]:
    """A session is played, reflected on with this reply and committed."""
    witness = Witness()
    replies: Any = {"reflector": [reply], "planner": ["Thought: They like Puzzle."]}
    return parts_of(embedder, memories, replies, witness=witness), witness


async def teach(parts: Parts, context: Context) -> EpisodeState:
    state = episode(["Jade Engine"], steps_of(ROUNDS, quit="similar"))
    state["ending"] = ending(state["steps"], "similar")
    taught: Any = {**state, **await reflect(state, context, parts)}
    parts.memories.commit(lessons(taught, context, parts))
    return taught  # type: ignore[no-any-return]


async def principles(parts: Parts, witness: Witness, context: Context) -> list[str]:
    """The principles that the Planner of another user's session reads in its prompt."""
    await plan(episode(["Lunar Vault", "Winter Railway"]), context, parts)
    prompt = prompt_text(witness.prompts[-1])
    lines = prompt.partition(f"## {PRINCIPLES}\n")[2].partition("\n\n")[0].splitlines()
    assert all(line.startswith("- ") for line in lines)
    return [line.removeprefix("- ") for line in lines]


@LEARNINGS
@pytest.mark.parametrize("reply", HOSTILE.values(), ids=HOSTILE)
async def test_of_a_hostile_reply_only_fields_reach_another_users_planner(
    reply: str, learning: Any, embedder: SentenceEmbedder, memories: Memories
) -> None:
    context = Context(learning=learning)
    parts, witness = told_by(reply, embedder, memories)
    taught = await teach(parts, context)
    (told,) = await principles(parts, witness, context)
    assert OURS.fullmatch(told)
    assert len(told) <= PRINCIPLE_LIMIT
    assert "after 2 rounds: 0 of 1 stayed. New kinds: 2 of 2." in told  # as code counted
    assert told == taught["reflection"]


EDITS: dict[str, Any] = {
    "text": lambda row, text: {"text": text},
    "situation": lambda row, text: {"situation": text},
    "note": lambda row, text: {"entries": {"e": {"at": 1, "reward": 9.0, "note": text}}},
    "episode": lambda row, text: {"entries": {text[:80]: {"at": 1, "reward": 9.0}}},
    "no fields": lambda row, text: {"text": text, "fields": None},
    **{
        name: lambda row, text, name=name: {"fields": {**row["fields"], name: value_of(name, text)}}
        for name in ("why", "genres", "rest", "show", "avoid", "returned", "new", "likes", "more")
    },
}


def value_of(name: str, text: str) -> Any:
    """A hostile text where a list of names or the like belongs."""
    return text if name in ("why", "rest", "more", "new") else [text, [text], {"Puzzle": text}]


@LEARNINGS
async def test_of_a_hand_edited_export_only_fields_reach_a_planner(
    learning: Any, embedder: SentenceEmbedder, memories: Memories, tmp_path: Path
) -> None:
    context, file = Context(learning=learning), tmp_path / "rows.jsonl"
    parts, witness = told_by(FORM, embedder, memories)
    await teach(parts, context)
    memories.export(file)
    honest = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    row = next(one for one in honest if one["memory"] == "reflections")
    edited = [
        {**row, **edit(row, text)}
        for text in [text[:300] for text in HOSTILE.values()][::3]
        for edit in EDITS.values()
    ]
    lines = (json.dumps(one, ensure_ascii=False) + "\n" for one in edited)
    file.write_text("".join(lines), encoding="utf-8", newline="\n")
    assert memories.import_from(file) == len(edited)
    told = await principles(parts, witness, Context(learning=learning, reflections=20))
    assert len(told) > 2
    assert [one for one in told if not OURS.fullmatch(one)] == []
