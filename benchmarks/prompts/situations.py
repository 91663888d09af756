"""Situations in which roles are asked, made once for all models and prompts, then read from disk.

The `offline` model plays them: it first learns from some users, then meets all of them. Since it
reads the prompts, other prompts would lead it elsewhere; so what was stored once stays.
"""

import asyncio
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter

import durable
from benchmarks.prompts.places import WorldName, cache_folder, digest_of
from benchmarks.prompts.sessions import Session, play_all, teach
from graph.load import load_parts
from graph.trainer import draw_users
from models import Role
from nodes import Context, EpisodeState
from stores import Memories, default_embedder

VERSION = 2
TAUGHT = 40  # users from whom the memories were learned; they are met again
ROUNDS, STRIDE = 12, 7  # situations are of round 1 to 12; the stride mixes them among users
LONGEST = 20  # rounds of every other session; the rest is closed within twelve


@dataclass(frozen=True)
class Situation:
    """The state of a user's session before a role's turn."""

    number: int
    world: WorldName
    role: Role
    user: int
    round: int
    state: EpisodeState


@dataclass(frozen=True)
class Stored:
    """The situations of a world, the memories that belong to them, and a hash of both."""

    world: WorldName
    context: Context
    situations: Sequence[Situation]
    memories: Memories
    digest: str


SITUATIONS = TypeAdapter(list[Situation])


async def situations_of(world: WorldName, place: str, count: int, seed: int) -> Stored:
    """So many situations of each role; they are made unless an earlier call stored them."""
    name = f"v{VERSION}-{world}-{await asyncio.to_thread(digest_of, place)}-{seed}-{count}"
    file, rows = (cache_folder() / f"{name}.{kind}" for kind in ("json", "memory.jsonl"))
    context = Context(world=place, seed=seed, max_rounds=LONGEST, learn=False, memory="prompts")
    if not file.is_file():
        file.parent.mkdir(parents=True, exist_ok=True)
        await _make(world, context, count, file, rows)
    return await asyncio.to_thread(_read, world, context, file, rows)


async def _make(world: WorldName, context: Context, count: int, file: Path, rows: Path) -> None:
    memories = await asyncio.to_thread(lambda: Memories.in_memory(default_embedder()))
    parts = await asyncio.to_thread(load_parts, context, memories=memories)
    users = draw_users(parts.world.users, count, context.seed)
    await teach(users[:TAUGHT], context, parts)
    rounds = [1 + number * STRIDE % ROUNDS for number in range(count)]
    caps = [round_ if number % 2 else LONGEST for number, round_ in enumerate(rounds)]
    sessions = await play_all(users, caps, context, parts)
    made = [
        situation
        for number, (session, round_) in enumerate(zip(sessions, rounds, strict=True))
        for situation in _cut(number, world, users[number], session, round_)
    ]
    await asyncio.to_thread(memories.export, rows)
    memories.close()
    content = json.dumps([asdict(one) for one in made], ensure_ascii=False)
    durable.replace(file, content.encode())


def _cut(
    number: int, world: WorldName, user: int, session: Session, round_: int
) -> list[Situation]:
    """A situation of each role: in this round, or the session's last if it ended before."""
    found = []
    for role, states in session.before.items():
        state = states[min(round_, len(states)) - 1]
        found.append(Situation(number, world, role, user, len(state["steps"]) + 1, state))
    return found


def _read(world: WorldName, context: Context, file: Path, rows: Path) -> Stored:
    content = file.read_bytes()
    memories = Memories.in_memory(default_embedder())
    memories.import_from(rows)
    memories.frozen = True
    digest = hashlib.sha256(content + rows.read_bytes()).hexdigest()[:8]
    return Stored(world, context, SITUATIONS.validate_json(content), memories, digest)
