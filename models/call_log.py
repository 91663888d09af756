"""The log of paid chat calls: a CSV file with a line for each call."""

import csv
import io
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import durable
from models.errors import ModelError
from models.roles import ROLES, Role
from models.tokens import Tokens

COLUMNS = ("role", "model", "input", "output", "cached", "estimated", "seconds")


@dataclass(frozen=True)
class PaidCall:
    """A chat call that was paid for."""

    role: Role | None
    model: str
    tokens: Tokens
    seconds: float


class CallLog:
    """Appends calls so that a kill leaves no half line; one process at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        durable.make_folder(path.parent)
        header = _line(COLUMNS)
        with path.open("a+b") as file:
            file.seek(0)
            begins = file.read(len(header))
        if not header.startswith(begins):
            raise ModelError(f"{path} is not a record of chat calls: move it aside")
        if durable.drop_unfinished_line(path):
            warnings.warn(f"{path} ended in an unfinished line, which was dropped", stacklevel=3)
        if not path.stat().st_size:
            durable.append(path, header)

    def append(self, *calls: PaidCall) -> None:
        """Returns once the calls are on disk, all of them in one write."""
        try:
            durable.append(self.path, b"".join(map(_line_of, calls)))
        except OSError as error:
            raise OSError(
                error.errno,
                f"{self.path} cannot be written ({error.strerror}): no chat call is made that "
                "cannot be recorded; make room, then give the same command again",
            ) from error

    def calls(self) -> Iterator[PaidCall]:
        """Every call, in order."""
        with self.path.open(encoding="utf-8", newline="") as lines:
            rows = csv.reader(lines, strict=True)
            try:
                yield from (_read(row) for row in rows if rows.line_num > 1)
            except (ValueError, csv.Error) as error:
                raise ModelError(
                    f"{self.path} line {rows.line_num} is damaged: correct or delete that line"
                ) from error


def _line_of(call: PaidCall) -> bytes:
    tokens = call.tokens
    counts = (tokens.input, tokens.output, tokens.cached, int(tokens.estimated))
    return _line((call.role or "", call.model, *counts, f"{call.seconds:.3f}"))


def _line(row: Sequence[object]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(row)
    return text.getvalue().encode()


def _read(row: Sequence[str]) -> PaidCall:
    name, model, *counts, estimated, seconds = row
    role = next((role for role in ROLES if role == name), None)
    sent, received, cached = (int(count) for count in counts)
    sound = min(sent, received, cached) >= 0 and cached <= sent and estimated in ("0", "1")
    if (name and not role) or not sound:
        raise ValueError("not a call")
    return PaidCall(role, model, Tokens(sent, received, cached, estimated == "1"), float(seconds))
