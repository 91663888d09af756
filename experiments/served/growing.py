"""Files that a run appends to, read as they grow: what was read before is not read again."""

import csv
import json
import os
import stat
from collections import defaultdict
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import BinaryIO

from experiments.runs.money import PriceTable, cost, total
from models import Tokens

LONGEST_LINE = 1 << 26  # bytes; no episode is as long
MOST_TOKENS = 1 << 32  # of a call
FAILED = (b',"error":{"type":', b', "error": {"type":')  # within a text its quotes are escaped


@dataclass
class Budget:
    """How many bytes may still be read for one request."""

    left: int


def open_regular(path: Path) -> BinaryIO:
    """Opens a file; raises where it is a link, a pipe or a device, which may lead elsewhere."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    file = os.fdopen(handle, "rb")
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        file.close()
        raise OSError(f"{path} is no regular file")
    return file


class GrowingFile:
    """Lines that were appended since the last look; a file that was replaced is read anew."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._restart(0)

    def _restart(self, inode: int) -> None:
        self._inode, self._offset = inode, 0
        self.changed = 0.0  # when it was last written to

    def _take(self, offset: int, line: bytes) -> None:
        raise NotImplementedError

    def advance(self, budget: Budget) -> bool:
        """Reads on; false where the budget is used up before the end is reached."""
        try:
            file = open_regular(self.path)
        except OSError:
            self._restart(0)
            return True
        with file:
            state = os.fstat(file.fileno())
            if state.st_ino != self._inode or state.st_size < self._offset:
                self._restart(state.st_ino)
            self.changed = state.st_mtime
            file.seek(self._offset)
            while line := file.readline(LONGEST_LINE):
                if not line.endswith(b"\n"):  # it is being written, or is no line of a run
                    return True
                if budget.left <= 0:
                    return False
                self._take(self._offset, line)
                self._offset += len(line)
                budget.left -= len(line)
        return True


class EpisodeCount(GrowingFile):
    """The episodes of a cell: how many were written, and how many of them failed."""

    def _restart(self, inode: int) -> None:
        super()._restart(inode)
        self.written, self.failed, self.failed_in_a_row = 0, 0, 0
        self.failure: int | None = None  # where the latest failure begins

    def _take(self, offset: int, line: bytes) -> None:
        self.written += 1
        if not any(mark in line for mark in FAILED):
            self.failed_in_a_row = 0
            return
        self.failed += 1
        self.failed_in_a_row += 1
        self.failure = offset

    def read_failure(self) -> str:
        """What the latest episode that failed died of."""
        try:
            with open_regular(self.path) as file:
                file.seek(self.failure or 0)
                error = json.loads(file.readline(LONGEST_LINE))["error"]
            return f"{error['type']}: {error['message']}"
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return "its record cannot be read"


class CallCount(GrowingFile):
    """The paid calls of a run and their tokens by model; lines that cannot be read are left out."""

    def _restart(self, inode: int) -> None:
        super()._restart(inode)
        self.calls = 0
        self._tokens = defaultdict[str, Tokens](lambda: Tokens(0, 0, 0))

    def _take(self, offset: int, line: bytes) -> None:
        try:
            _, model, *counts, _, _ = next(csv.reader([line.decode()]))
            sent, received, cached = map(int, counts)
        except (ValueError, csv.Error):
            return  # the heading, or a damaged line
        if not all(0 <= count <= MOST_TOKENS for count in (sent, received, cached)):
            return
        before = self._tokens[model]
        self._tokens[model] = Tokens(
            before.input + sent, before.output + received, before.cached + cached
        )
        self.calls += 1

    def money(self, prices: PriceTable) -> float | None:
        """USD; None where a price is unknown, or no price of any model."""
        paid = total(cost(model, tokens, prices) for model, tokens in self._tokens.items())
        return paid if paid is not None and isfinite(paid) else None
