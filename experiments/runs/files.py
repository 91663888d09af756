"""Result files, each written as a whole or not at all."""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import durable


class OutputError(OSError):
    """Results cannot be written to a path; the message says what to do."""


def new_folder(parent: Path) -> Path:
    """Makes a numbered folder, so that no run overwrites another."""
    try:
        parent.mkdir(parents=True, exist_ok=True)
        taken = [int(path.name) for path in parent.iterdir() if path.name.isdigit()]
        folder = parent / f"{max(taken, default=0) + 1:03d}"
        folder.mkdir()
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
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        durable.replace(path, text.encode())
    except OSError as error:
        raise OutputError(f"cannot write {path} ({error.strerror}): name another place") from error
