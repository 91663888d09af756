"""JSON lines that a kill cannot spoil: appended whole, and validated when they are read."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter

import durable
from experiments.errors import RunError
from experiments.runs.files import OutputError

T = TypeVar("T")


def append_line(path: Path, record: Mapping[str, Any]) -> None:
    """Appends a record and returns once it is on disk; after an error nothing of it stays."""
    line = json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n"
    try:
        durable.append(path, line.encode(errors="backslashreplace"))
    except OSError as error:
        raise OutputError(
            f"cannot write {path} ({error.strerror}): make room, then give the same command again"
        ) from error


def refuse(error: RunError) -> None:
    """Stops reading at a damaged line."""
    raise error


def read_lines(
    path: Path, form: TypeAdapter[T], on_damage: Callable[[RunError], None] = refuse
) -> Iterator[tuple[int, T]]:
    """Every whole record with its offset in the file; damaged lines go to `on_damage`."""
    offset = 0
    for number, line in durable.whole_lines(path):
        try:
            record = form.validate_python(json.loads(line), strict=True)
        except (ValueError, RecursionError) as error:
            damage = RunError(
                f"{path} line {number} is damaged: delete that line, then give the same "
                "command again"
            )
            damage.__cause__ = error
            on_damage(damage)
        else:
            yield offset, record
        offset += len(line)
