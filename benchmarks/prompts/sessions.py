"""Sessions of the `offline` model, played node by node, with the state before each turn."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from models import Role
from nodes import (
    Context,
    EpisodeState,
    Parts,
    act,
    apply_update,
    arrive,
    criticise,
    lessons,
    plan,
    reflect,
    respond,
)
from nodes.state import APPENDED_CHANNELS

AT_ONCE = 20


@dataclass
class Session:
    """The states before the turns of each role, round by round; one before the Reflector's."""

    before: dict[Role, list[EpisodeState]] = field(
        default_factory=lambda: {"planner": [], "actor": [], "critic": [], "reflector": []}
    )


async def play(user: int, number: int, context: Context, parts: Parts) -> Session:
    """Plays a session as the episode graph does."""
    session = Session()
    start = {name: [] for name in APPENDED_CHANNELS} | {
        "user": user,
        "episode": f"{context.memory}/{number:04d}",
        "at": number,
    }
    state = cast(EpisodeState, start)
    state = apply_update(state, await arrive(state, context, parts))
    while not state["ending"]:
        session.before["planner"].append(state)
        session.before["critic"].append(state)
        planned, judged = await asyncio.gather(
            plan(state, context, parts), criticise(state, context, parts)
        )
        state = apply_update(apply_update(state, planned), judged)
        session.before["actor"].append(state)
        state = apply_update(state, await act(state, context, parts))
        state = apply_update(state, await respond(state, context, parts))
    session.before["reflector"].append(state)
    return session


async def teach(users: Sequence[int], context: Context, parts: Parts) -> None:
    """Plays sessions batch by batch, and commits what each batch taught."""
    for first in range(0, len(users), AT_ONCE):
        batch = enumerate(users[first : first + AT_ONCE], start=first)
        played = await asyncio.gather(
            *(_learned(user, number, context, parts) for number, user in batch)
        )
        names = parts.grounder.names
        taught = [lessons(state, context, names) for state in played]
        await asyncio.to_thread(parts.memories.commit_all, taught)


async def _learned(user: int, number: int, context: Context, parts: Parts) -> EpisodeState:
    """The state of a session that the Critic and the Reflector have seen to its end."""
    (state,) = (await play(user, number, context, parts)).before["reflector"]
    judged = await criticise(state, context, parts)
    reflected = await reflect(state, context, parts)
    return apply_update(apply_update(state, judged), reflected)


async def play_all(
    users: Sequence[int], caps: Sequence[int], context: Context, parts: Parts
) -> list[Session]:
    """A session of each user, up to its own cap of rounds; nothing is learned from them."""
    free = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> Session:
        async with free:
            capped = replace(context, max_rounds=caps[number])
            return await play(users[number], number, capped, parts)

    return list(await asyncio.gather(*map(one, range(len(users)))))
