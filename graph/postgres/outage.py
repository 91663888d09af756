"""Errors of a database of threads, which say what became of the sessions and what to do."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

import psycopg
from psycopg_pool import PoolTimeout

P = ParamSpec("P")
T = TypeVar("T")

LONGEST = 30.0  # seconds of an operation, a repetition included
GONE = (psycopg.OperationalError, psycopg.InterfaceError)


class ThreadsUnavailableError(OSError):
    """The database of threads did not do what was asked."""

    def __init__(self, database: str, reason: object) -> None:
        told = " ".join(str(reason).split()) or type(reason).__name__
        super().__init__(
            f"the threads in Postgres ({database}) cannot be reached or written ({told}): each "
            "session is kept as of its last step; when the database answers again, repeat the "
            "answer, or call again with input None"
        )


class DamagedThreadError(ValueError):
    """A value in the database of threads is not as it was written."""

    def __init__(self, database: str, reason: object) -> None:
        super().__init__(
            f"a thread in Postgres ({database}) is damaged ({reason}): bring back a backup of the "
            "database, or delete the thread; the session then begins anew, and nothing that was "
            "recorded or learned is lost"
        )


async def nothing() -> None:
    """Where each operation has a connection of its own, none is to be mended."""


async def call_twice(
    database: str,
    mend: Callable[[], Awaitable[None]],
    operation: Callable[P, Awaitable[T]],
    *given: P.args,
    **named: P.kwargs,
) -> T:
    """An idempotent operation; if its connection broke, all are mended, and it is repeated once."""
    try:
        async with asyncio.timeout(LONGEST):
            try:
                return await operation(*given, **named)
            except PoolTimeout:
                raise
            except GONE:
                await mend()
                return await operation(*given, **named)
    except TimeoutError:
        raise ThreadsUnavailableError(database, f"no answer in {LONGEST:.0f} seconds") from None
    except psycopg.Error as error:
        raise ThreadsUnavailableError(database, error) from error
