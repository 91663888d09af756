"""Which errors fail one episode, which stop the run, and when failed episodes stop it too."""

import sqlite3
from collections import Counter

from experiments.errors import RunError
from graph.trainer import OF_A_SERVER, OF_THE_RUN
from graph.training import Failure
from models import (
    AccessRefusedError,
    Ledger,
    ModelError,
    QuotaUsedUpError,
    StoppedError,
    UnknownModelError,
)

RUN_ERRORS = (*OF_THE_RUN, ModelError, RunError, sqlite3.Error)
PERMANENT_ERRORS = (AccessRefusedError, QuotaUsedUpError, UnknownModelError)
IN_A_ROW = 10  # failed episodes that are no coincidence: the server is gone


def stops_run(error: Exception) -> bool:
    """Whether the error stops the run; a lost connection fails only its episode."""
    return isinstance(error, RUN_ERRORS) and not isinstance(error, OF_A_SERVER)


def described(failure: Failure) -> str:
    """A failure as part of a sentence."""
    return f"{failure['type']} ({failure['message']})"


class CircuitBreaker:
    """Stops the run when ten episodes of a cell fail in a row, or too many fail in all."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._in_a_row = Counter[tuple[str, int]]()

    def record(self, cell: tuple[str, int], failure: Failure | None) -> None:
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
