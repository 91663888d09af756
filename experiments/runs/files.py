"""Result files: replaced or appended whole, and validated when they are read."""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter

import durable
from experiments.errors import RunError

T = TypeVar("T")


class OutputError(OSError):
    """Results cannot be written to a path; the message says what to do."""


def new_folder(parent: Path) -> Path:
    """Makes a numbered folder, so that no run overwrites another."""
    try:
        durable.make_folder(parent)
        taken = [int(path.name) for path in parent.iterdir() if path.name.isdigit()]
        folder = parent / f"{max(taken, default=0) + 1:03d}"
        folder.mkdir(durable.PRIVATE_FOLDER)
    except OSError as error:
        raise OutputError(
            f"cannot write to {parent} ({error.strerror}): name another folder with --out"
        ) from error
    return folder


def check_place(path: Path) -> None:
    """Refuses a path that cannot be written to, before its content is computed."""
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise OutputError(f"cannot write {path}: name a file in a folder that can be written")


def write_json(path: Path, content: Any) -> None:
    """Replaces a file at once."""
    write_text(path, json.dumps(content, ensure_ascii=False, indent=1) + "\n")


def write_lines(path: Path, records: Iterable[Any]) -> None:
    """Replaces a file of JSON lines at once."""
    write_text(path, "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records))


def write_text(path: Path, text: str) -> None:
    """Replaces a file at once; its folder may be new."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Replaces a file at once; its folder may be new."""
    try:
        durable.make_folder(path.parent)
        durable.replace(path, content)
    except OSError as error:
        raise OutputError(f"cannot write {path} ({error.strerror}): name another place") from error


def read_json(path: Path, form: TypeAdapter[T], remedy: str) -> T:
    """The content of a file; the error for a damaged one names the remedy."""
    try:
        return form.validate_json(path.read_bytes(), strict=True)
    except ValueError as error:
        raise RunError(f"{path} is damaged: {remedy}") from error


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
