"""JSON lines that a kill cannot spoil: appended whole, and read up to the last whole one."""

import errno
import json
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from experiments.errors import RunError
from experiments.runs.files import OutputError


def append_line(path: Path, record: Mapping[str, Any]) -> None:
    """Appends a record and waits until it is on disk; on an error nothing of it stays."""
    line = (json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n").encode(
        errors="backslashreplace"
    )
    try:
        with path.open("ab", buffering=0) as file:
            _append(file.fileno(), line)
    except OSError as error:
        raise OutputError(
            f"cannot write {path} ({error.strerror}): make room, then give the same command again"
        ) from error


def _append(file: int, line: bytes) -> None:
    whole = os.fstat(file).st_size
    try:
        if os.write(file, line) != len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(file)
    except OSError:
        with suppress(OSError):  # what is left without an end is dropped when it is opened again
            os.ftruncate(file, whole)
        raise


def read_lines(
    path: Path, names: Collection[str] = (), form: TypeAdapter[Any] | None = None
) -> Iterator[dict[str, Any]]:
    """Every whole record, with at least these names in it, and of this form.

    A last line without an end was never acknowledged.
    """
    if not path.exists():
        return
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.endswith(b"\n"):
                return
            try:
                record = json.loads(line)
                if not isinstance(record, dict) or not record.keys() >= set(names):
                    raise ValueError("not a record")
                if form:
                    form.validate_python(record, strict=True)
            except (ValueError, RecursionError) as error:
                raise RunError(
                    f"{path} line {number} is damaged: delete that line, then give the same "
                    "command again"
                ) from error
            yield record


def drop_unfinished(path: Path) -> None:
    """Cuts off what a kill left of a line."""
    data = path.read_bytes() if path.exists() else b""
    if data and not data.endswith(b"\n"):
        os.truncate(path, data.rfind(b"\n") + 1)
