"""How long a reply may be: a bound for each role, and more room for one that was cut off."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Annotated

from langchain_core.messages import BaseMessage
from pydantic import Field

from models.call import ChatCall, Reply
from models.form import FREE, Form, Room
from models.roles import Role

STOP = ("\n\n", "\n##")  # an answer is one paragraph; small models write further turns after it
MORE = 4  # times the bound, for a reply that was cut off within its answer, or rambles
ROOM = 4096  # tokens for a model that thinks before it answers
THOUGHTS = ("think", "thinking", "reasoning")  # tags in which models put what they think
LARGEST_BOUND = 1_000_000

Bound = Annotated[int, Field(ge=1, le=LARGEST_BOUND)]


@dataclass(frozen=True)
class ReplyTokens:
    """The tokens that a reply of each role may have."""

    planner: Bound = 160
    actor: Bound = 48
    critic: Bound = 32
    reflector: Bound = 200

    def of(self, role: Role, form: Form = FREE) -> int:
        """The bound of a role, or the room that follows a reply that was cut off."""
        bound: int = getattr(self, role)
        return {"usual": bound, "more": MORE * bound, "thinking": max(ROOM, bound)}[form.room]

    def __str__(self) -> str:
        """As on the command line: `planner=160,actor=48,...`."""
        return ",".join(f"{role}={tokens}" for role, tokens in asdict(self).items())


def with_room(call: ChatCall, roomy: set[Role]) -> ChatCall:
    """Gives a role whose model thinks first room for that from then on."""

    async def ask(role: Role, messages: Sequence[BaseMessage], form: Form = FREE) -> Reply:
        if form.is_thought:
            roomy.add(role)
        room: Room = "thinking" if role in roomy else form.room
        return await call(role, messages, replace(form, room=room))

    return ask


def room_after(reply: Reply) -> Room:
    """The room that a reply without an answer calls for: more, if it was cut off before it.

    A model that thinks first can meet a stop sequence in its thoughts: what is left then is blank,
    though tokens were written, or an open thought.
    """
    is_blank = not reply.text.strip() and reply.tokens.output > 0 and not reply.tokens.estimated
    if is_blank or _is_within_thought(reply.text):
        return "thinking"
    return "more" if reply.finish_reason == "length" else "usual"


def _is_within_thought(text: str) -> bool:
    """Whether the last tag of a thought opens one."""
    lowered = text.lower()
    opened, closed = (max(lowered.rfind(f"<{end}{tag}>") for tag in THOUGHTS) for end in ("", "/"))
    return opened > closed
