"""Which errors fail one episode, which stop the run, and when failed episodes stop it too."""

import asyncio
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Sequence

from langchain_core.messages import BaseMessage
from langchain_core.runnables import ensure_config

from experiments.errors import RunError
from graph.training import CONNECTION_ERRORS, RUN_ERRORS, EpisodeFailure
from models import (
    FREE,
    AccessRefusedError,
    ChatCall,
    Form,
    Ledger,
    ModelError,
    QuotaUsedUpError,
    Reply,
    Role,
    StoppedError,
    UnknownModelError,
)

InFlight = defaultdict[str, set[asyncio.Future[None]]]  # by the thread of the episode

ENDS_RUN = (*RUN_ERRORS, ModelError, RunError, sqlite3.Error)
PERMANENT_ERRORS = (AccessRefusedError, QuotaUsedUpError, UnknownModelError)
IN_A_ROW = 10  # failed episodes that are no coincidence: the server is gone


def stops_run(error: Exception) -> bool:
    """Whether the error stops the run; a lost connection fails only its episode."""
    return isinstance(error, ENDS_RUN) and not isinstance(error, CONNECTION_ERRORS)


def described(failure: EpisodeFailure) -> str:
    """A failure as part of a sentence."""
    return f"{failure['type']} ({failure['message']})"


class CircuitBreaker:
    """Stops the run when ten episodes of a cell fail in a row, or too many fail in all."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._in_a_row = Counter[tuple[str, int]]()

    def record(self, cell: tuple[str, int], failure: EpisodeFailure | None) -> None:
        """Counts a finished episode of a variant and seed; raises where the run must stop."""
        if failure is None:
            self._in_a_row[cell] = 0
            return
        self._in_a_row[cell] += 1
        self._ledger.failed()
        self._ledger.check()
        if self._in_a_row[cell] >= IN_A_ROW:
            name, seed = cell
            raise StoppedError(
                f"{self._in_a_row[cell]} episodes failed one after another, the last with "
                f"{described(failure)}, in {name}, seed {seed}"
            )


def waiting_for_siblings(call: ChatCall, in_flight: InFlight) -> ChatCall:
    """Raises an error only once no other call of its episode is in flight.

    LangGraph cancels the nodes beside one that fails. A call that was cut off there would have been
    paid for, yet be in no record.
    """

    async def ask(role: Role, messages: Sequence[BaseMessage], form: Form = FREE) -> Reply:
        thread = str(ensure_config()["configurable"].get("thread_id"))
        siblings = in_flight[thread]
        ended = asyncio.get_running_loop().create_future()
        siblings.add(ended)
        try:
            return await call(role, messages, form)
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
