"""The record of paid chat calls: a CSV file, a line a call, whole whenever the process ends."""

import csv
import errno
import io
import os
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from models.errors import ModelError
from models.prompt import ROLES, Role
from models.usage import Tokens

COLUMNS = ("role", "model", "input", "output", "cached", "estimated", "seconds")


@dataclass(frozen=True)
class Call:
    """A chat call that was paid for."""

    role: Role | None
    model: str
    tokens: Tokens
    seconds: float


class CallFile:
    """Appends calls, each by one write, so that a kill cuts no line; one process at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    def append(self, call: Call) -> None:
        """Writes a call before returning."""
        tokens = call.tokens
        counts = (tokens.input, tokens.output, tokens.cached, int(tokens.estimated))
        self._write((call.role or "", call.model, *counts, f"{call.seconds:.3f}"))

    def calls(self) -> Iterator[Call]:
        """Everything written so far, in order."""
        with self.path.open(encoding="utf-8", newline="") as lines:
            rows = csv.reader(lines, strict=True)
            try:
                yield from (_read(row) for row in rows if rows.line_num > 1)
            except (ValueError, csv.Error) as error:
                raise ModelError(
                    f"{self.path} line {rows.line_num} is damaged: correct or delete that line"
                ) from error

    def close(self) -> None:
        """Lets go of the file."""
        os.close(self._file)

    def _prepare(self) -> None:
        """Drops an unfinished line, and begins a new file with the names of the columns."""
        data, header = self.path.read_bytes(), _line(COLUMNS)
        if not data.startswith(header) and not header.startswith(data):
            raise ModelError(f"{self.path} is not a record of chat calls: move it aside")
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            warnings.warn(
                f"{self.path} ended in an unfinished line, which was dropped", stacklevel=4
            )
            os.ftruncate(self._file, whole)
        if not whole:
            self._write(COLUMNS)

    def _write(self, row: Sequence[object]) -> None:
        line, whole = _line(row), os.fstat(self._file).st_size
        try:
            if os.write(self._file, line) < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            os.ftruncate(self._file, whole)  # half a line would spoil the next
            raise OSError(
                error.errno,
                f"{self.path} cannot be written ({error.strerror}): no chat call is made that "
                "cannot be recorded; make room, then give the same command again",
            ) from error


def _line(row: Sequence[object]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(row)
    return text.getvalue().encode()


def _read(row: Sequence[str]) -> Call:
    name, model, *counts, estimated, seconds = row
    role = next((role for role in ROLES if role == name), None)
    asked, said, cached = (int(count) for count in counts)
    sound = min(asked, said, cached) >= 0 and cached <= asked and estimated in ("0", "1")
    if (name and not role) or not sound:
        raise ValueError("not a call")
    tokens = Tokens(asked, said, cached, estimated == "1")
    return Call(role, model, tokens, float(seconds))
