"""Streams numbered lines of text from a plain or gzipped file."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from simulator.byte_progress import ByteProgress
from simulator.errors import WorldError
from simulator.logs.chunks import DEFAULT_LIMITS, ReadLimits, chunks
from simulator.text import plural

T = TypeVar("T")
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


class Lines:
    """A file's numbered lines; blank lines are skipped, overlong ones count as malformed."""

    def __init__(
        self,
        path: Path,
        progress: ByteProgress | None = None,
        *,
        fallback: str | None = None,
        limits: ReadLimits = DEFAULT_LIMITS,
    ) -> None:
        self.path = path
        self.malformed = MalformedLines(path.name)
        self._progress = progress
        self._fallback = fallback
        self._limits = limits
        self._replaced = 0

    @classmethod
    def of_files(
        cls, paths: Sequence[Path], progress: ByteProgress | None, *, fallback: str | None = None
    ) -> "list[Lines]":
        """The lines of each file, with one progress over all of them."""
        sizes = [path.stat().st_size for path in paths]

        def meter(file: int) -> ByteProgress | None:
            before, total = sum(sizes[:file]), sum(sizes)
            return progress and (lambda done, _: progress(before + done, total))

        return [cls(path, meter(file), fallback=fallback) for file, path in enumerate(paths)]

    def __iter__(self) -> Iterator[tuple[int, str]]:
        """Yields number and text, and checks the share of malformed lines at the end."""
        number = 0
        for number, raw in enumerate(self._raw(), 1):
            if raw is None:
                self.malformed.add(number, f"longer than {self._limits.line:,} bytes")
                continue
            try:
                text = raw.decode()
            except UnicodeDecodeError:
                text = raw.decode(self._fallback or "utf-8", "replace")
                self._replaced += not self._fallback
            if text and not text.isspace():
                yield number, text.rstrip("\r")
        self.malformed.check_share(number)

    def parsed(self, parse: Callable[[str], T], *, skip: int = 0) -> Iterator[T]:
        """Every line as parsed, except the header at `skip`; unusable lines count as malformed."""
        for number, text in self:
            if number == skip:
                continue
            try:
                found = parse(text)
            except UnusableLineError as error:
                self.malformed.add(number, str(error))
                continue
            yield found

    def notes(self) -> list[str]:
        """Notes on skipped lines and replaced characters, for the card."""
        notes = self.malformed.notes()
        if self._replaced:
            lines = plural(self._replaced, "line")
            notes.append(
                f"{lines} of {self.path.name} not in UTF-8: unreadable characters replaced"
            )
        return notes

    def _raw(self) -> Iterator[bytes | None]:
        """Raw lines; None stands for an overlong one, which is never held in memory."""
        rest, dropping = b"", False
        for chunk in chunks(self.path, self._progress, self._limits):
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                yield None if dropping or len(line) > self._limits.line else line
                dropping = False
            if len(rest) > self._limits.line:
                rest, dropping = b"", True
        if rest or dropping:
            yield None if dropping else rest
