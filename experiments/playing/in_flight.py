"""Calls of one episode in flight side by side: one that fails waits for the others.

LangGraph cancels the nodes beside one that fails. A call that was cut off there would have been
paid for, yet be in no record.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence

from langchain_core.messages import BaseMessage
from langchain_core.runnables import ensure_config

from models import ChatCall, Reply, Role

InFlight = defaultdict[str, set[asyncio.Future[None]]]  # by the thread of the episode


def waiting_for_siblings(call: ChatCall, in_flight: InFlight) -> ChatCall:
    """Raises an error only once no other call of its episode is in flight."""

    async def ask(role: Role, messages: Sequence[BaseMessage]) -> Reply:
        thread = str(ensure_config()["configurable"].get("thread_id"))
        siblings = in_flight[thread]
        ended = asyncio.get_running_loop().create_future()
        siblings.add(ended)
        try:
            return await call(role, messages)
        except Exception:
            siblings.discard(ended)
            if siblings:
                await asyncio.wait(siblings.copy())
            raise
        finally:
            ended.set_result(None)
            siblings.discard(ended)
            if not siblings:
                in_flight.pop(thread, None)

    return ask
