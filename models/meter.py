"""The meter of a chat call: a limit before it, a record after it."""

import asyncio
import time
from collections.abc import Sequence

from langchain_core.messages import BaseMessage

from models.call import ChatCall, Reply
from models.call_log import PaidCall
from models.form import FREE, Form
from models.ledger import Ledger
from models.roles import Role
from models.spec import ModelSpec, exact_name


def metered(call: ChatCall, spec: ModelSpec, ledger: Ledger) -> ChatCall:
    """Asks the ledger before each call, and returns a reply once it is recorded on disk."""
    name = exact_name(spec)
    ledger.admit(name)

    async def ask(role: Role, messages: Sequence[BaseMessage], form: Form = FREE) -> Reply:
        with ledger.slot():
            began = time.monotonic()
            reply = await call(role, messages, form)
            seconds = time.monotonic() - began
        recorded = ledger.record(PaidCall(role, name, reply.tokens, seconds))
        await asyncio.shield(asyncio.wrap_future(recorded))  # a cancelled caller has paid as well
        return reply

    return ask
