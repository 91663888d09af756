"""Counts malformed lines, which are skipped unless there are too many of them."""

from simulator.errors import WorldError
from simulator.logs.plural import plural

SHARE = 0.05
CHECKED_FROM = 1_000
SHOWN = 3
REASON_LIMIT = 80


class UnusableLineError(Exception):
    """A line that cannot be parsed; the message says why."""


class MalformedLines:
    """The number of malformed lines of a file, and the first few reasons."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.count = 0
        self._first: list[str] = []

    def add(self, line: int, why: str) -> None:
        """Counts a line by its number, which is also the number of lines read so far."""
        self.count += 1
        if len(self._first) < SHOWN:
            self._first.append(f"line {line}: {why[:REASON_LIMIT]}")
        if line >= CHECKED_FROM:
            self.check_share(line)

    def check_share(self, lines: int) -> None:
        """Raises if more than the allowed share of lines is malformed."""
        if self.count > SHARE * lines:
            raise WorldError(
                f"{self.file}: {self.count:,} of {lines:,} lines are malformed, more than "
                f"{SHARE:.0%}: is this the right file? {'; '.join(self._first)}"
            )

    def notes(self) -> list[str]:
        """A note with the count and the first reason, if any line was malformed."""
        if not self.count:
            return []
        lines = plural(self.count, "malformed line")
        return [f"{lines} skipped, the first at {self.file} {self._first[0]}"]
