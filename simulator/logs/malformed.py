"""Lines that cannot be used: skipped and counted, until there are too many of them."""

from simulator.errors import WorldError
from simulator.logs.words import counted

SHARE = 0.05
JUDGED_FROM = 1_000
SHOWN = 3
REASON_LIMIT = 80


class Unusable(Exception):
    """One line that says nothing usable; the message says why."""


class Malformed:
    """The unusable lines of one file, and the first of them by number."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.count = 0
        self._first: list[str] = []

    def add(self, line: int, why: str) -> None:
        """Counts this line, which is also how many have been read so far."""
        self.count += 1
        if len(self._first) < SHOWN:
            self._first.append(f"line {line}: {why[:REASON_LIMIT]}")
        if line >= JUDGED_FROM:
            self.judge(line)

    def judge(self, lines: int) -> None:
        """Gives up on a file of which more than the stated share is malformed."""
        if self.count > SHARE * lines:
            raise WorldError(
                f"{self.file}: {self.count:,} of {lines:,} lines are malformed, more than "
                f"{SHARE:.0%}: is this the right file? {'; '.join(self._first)}"
            )

    def notes(self) -> list[str]:
        """The count in plain words, or nothing when every line was fine."""
        if not self.count:
            return []
        lines = counted(self.count, "malformed line")
        return [f"{lines} skipped, the first at {self.file} {self._first[0]}"]
