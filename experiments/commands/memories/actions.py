"""What `billp memory` does with folders of memories."""

import argparse
from contextlib import closing
from pathlib import Path
from typing import Any

from rich.console import Console

from experiments.commands.memories.tables import Found, print_folders, print_rows
from experiments.runs.files import check_place, write_json
from experiments.terminal import print_line, wide_console
from home_folder import home
from simulator.text import plural
from stores import (
    DEFAULT_EMBEDDING,
    MEMORIES,
    MemoryFolder,
    MemoryName,
    SentenceEmbedder,
    StoreError,
    by_age,
    embedding_in,
    expectation,
    is_retired,
    memory_folders,
    overview,
    read_export,
    read_memories,
    to_json,
    write_export,
)

SCHEMA = 1


def list_folders(options: argparse.Namespace) -> int:
    """Lists the memory folders in a place."""
    place = options.place or home() / "memory"
    records = [_folder_record(folder) for folder in memory_folders(place)]
    if options.json:
        write_json(options.json, {"schema": SCHEMA, "place": str(place), "memories": records})
    print_folders(Console(), place, records)
    return 0


def show_rows(options: argparse.Namespace) -> int:
    """Shows the newest rows, or those nearest to a text."""
    folder, limit = options.folder, options.limit
    names: list[MemoryName] = [options.memory] if options.memory else list(MEMORIES)
    if options.like is None:  # reads the journal alone, which another process may have open
        rows = {name: by_age(row.values()) for name, row in read_memories(folder).rows.items()}
        expected = expectation(rows["reflections"])
        found = [Found(name, row) for name in names for row in rows[name][::-1][:limit]]
    else:
        with closing(_opened(folder)) as memories:
            nearest = {name: memories.nearest(name, options.like, limit) for name in names}
            expected = memories.expectation()
        found = [Found(name, hit.row, hit.distance) for name in names for hit in nearest[name]]
    found = [one._replace(retired=is_retired(one.row, expected)) for one in found]
    if options.json:
        about = {"schema": SCHEMA, "folder": str(folder), "embedding": embedding_in(folder)}
        records = [_row_record(one) for one in found]
        write_json(options.json, {**about, "like": options.like, "rows": records})
    print_rows(wide_console(), found)
    return 0


def export_rows(options: argparse.Namespace) -> int:
    """Writes every row as a JSON line."""
    check_place(options.file)
    rows = read_memories(options.folder).rows
    written = write_export(options.file, {name: rows[name].values() for name in MEMORIES})
    said = f"{plural(written, 'row')} of {options.folder} written to {options.file}"
    print_line(Console(), said)
    return 0


def import_rows(options: argparse.Namespace) -> int:
    """Joins exported rows into a folder."""
    lessons = read_export(options.file)  # a damaged file must not leave a new, empty folder
    with closing(_opened(options.folder, DEFAULT_EMBEDDING)) as memories:
        counts = memories.commit(lessons)
    joined = plural(sum(counts.values()), "row")
    print_line(Console(), f"{joined} of {options.file} joined {options.folder}")
    return 0


def prune_rows(options: argparse.Namespace) -> int:
    """Drops all rows but those that were written or used last."""
    with closing(_opened(options.folder)) as memories:
        dropped = memories.compact(options.keep)
        kept = memories.counts()
    counts = ", ".join(
        f"{plural(kept[name], name.rstrip('s'))} (dropped {dropped[name]})" for name in MEMORIES
    )
    print_line(Console(), f"{options.folder} keeps {counts}")
    return 0


def _folder_record(folder: Path) -> dict[str, Any]:
    """An overview for `--json`; a damaged folder becomes a record with its error."""
    try:
        seen = overview(folder)
    except StoreError as error:
        return {"folder": str(folder), "error": str(error)}
    return {
        "folder": str(folder),
        "rows": dict(seen.rows),
        "embedding": seen.embedding,
        "episodes": seen.episodes,
        "bytes": seen.size,
        "in_use": seen.in_use,
    }


def _row_record(found: Found) -> dict[str, Any]:
    row = found.row
    record = {"memory": found.memory, "id": row.id, **to_json(row)}
    if found.memory == "reflections":
        record["retired"] = found.retired
    return record if found.distance is None else {**record, "distance": round(found.distance, 6)}


def _opened(folder: Path, default: str | None = None) -> MemoryFolder:
    return MemoryFolder(folder, SentenceEmbedder(embedding_in(folder, default)))
