"""Numbered lines of text, streamed from a plain or gzipped file."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from simulator.byte_progress import ByteProgress
from simulator.logs.chunks import DEFAULT_LIMITS, Limits, chunks
from simulator.logs.malformed import Malformed, Unusable
from simulator.logs.words import counted

T = TypeVar("T")


class Lines:
    """A file's lines with their numbers; blank ones are passed over, overlong ones malformed."""

    def __init__(
        self,
        path: Path,
        progress: ByteProgress | None = None,
        *,
        fallback: str | None = None,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self.path = path
        self.malformed = Malformed(path.name)
        self._progress = progress
        self._fallback = fallback
        self._limits = limits
        self._replaced = 0

    def __iter__(self) -> Iterator[tuple[int, str]]:
        """Yields number and text, and judges the malformed lines once the file ends."""
        number = 0
        for number, raw in enumerate(self._raw(), 1):
            if raw is None:
                self.malformed.add(number, f"longer than {self._limits.line:,} bytes")
                continue
            try:
                text = raw.decode()
            except UnicodeDecodeError:
                text = self._decoded_otherwise(raw)
            if text and not text.isspace():
                yield number, text.rstrip("\r")
        self.malformed.judge(number)

    def parsed(self, parse: Callable[[str], T], *, skip: int = 0) -> Iterator[T]:
        """What every usable line but one says; the others count as malformed."""
        for number, text in self:
            if number == skip:
                continue
            try:
                found = parse(text)
            except Unusable as error:
                self.malformed.add(number, str(error))
                continue
            yield found

    def notes(self) -> list[str]:
        """What was skipped or replaced, in plain words."""
        notes = self.malformed.notes()
        if self._replaced:
            lines = counted(self._replaced, "line")
            notes.append(
                f"{lines} of {self.path.name} not in UTF-8: unreadable characters replaced"
            )
        return notes

    def _raw(self) -> Iterator[bytes | None]:
        """None stands for an overlong line, which is dropped while it streams by."""
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

    def _decoded_otherwise(self, raw: bytes) -> str:
        """By the layout's older encoding, or with what cannot be read replaced and counted."""
        if self._fallback:
            return raw.decode(self._fallback, "replace")
        self._replaced += 1
        return raw.decode("utf-8", "replace")
