"""The meter of a chat call: a limit before it, a record after it."""

import asyncio
import time
from collections.abc import Sequence

from langchain_core.messages import BaseMessage

from models.call import ChatCall, Reply
from models.call_log import PaidCall
from models.errors import LimitHeldError
from models.form import FREE, Form
from models.ledger import Ledger
from models.roles import Role
from models.spec import ModelSpec, exact_name
from models.tokens import Tokens, most_in_prompt


def metered(call: ChatCall, spec: ModelSpec, ledger: Ledger) -> ChatCall:
    """A metered call without retries, which waits while others hold what is left of a limit."""
    attempt = metered_attempt(call, spec, ledger)

    async def ask(role: Role, messages: Sequence[BaseMessage], form: Form = FREE) -> Reply:
        while True:
            try:
                return await attempt(role, messages, form)
            except LimitHeldError as held:
                await asyncio.wrap_future(held.settled)

    return ask


def metered_attempt(call: ChatCall, spec: ModelSpec, ledger: Ledger) -> ChatCall:
    """Asks the ledger before each call, and returns a reply once it is recorded on disk.

    The bound of the spec is reserved for the reply, also where the model takes none.
    """
    name = exact_name(spec)
    ledger.admit(name)

    async def ask(role: Role, messages: Sequence[BaseMessage], form: Form = FREE) -> Reply:
        most = Tokens(most_in_prompt(messages), spec.reply_tokens.of(role, form))
        with ledger.slot(name, most) as reserved:
            began = time.monotonic()
            reply = await call(role, messages, form)
            seconds = time.monotonic() - began
        recorded = ledger.record(PaidCall(role, name, reply.tokens, seconds), reserved)
        await asyncio.shield(asyncio.wrap_future(recorded))  # a cancelled caller has paid as well
        return reply

    return ask
