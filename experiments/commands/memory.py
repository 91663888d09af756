"""`billp memory list|show|export|import|prune`: look at memories, move them, thin them out."""

import argparse
from contextlib import closing
from pathlib import Path
from typing import Any

from rich.console import Console

from experiments.commands.memory_tables import Found, print_folders, print_rows
from experiments.commands.option_types import Commands, count, whole
from experiments.commands.run_options import add_json_option
from experiments.errors import RunError
from experiments.runs.files import check_place, write_json
from experiments.terminal import print_line
from simulator import home
from stores import (
    DEFAULT_EMBEDDING,
    MEMORIES,
    MemoryFolder,
    MemoryName,
    SentenceEmbedder,
    StoreError,
    by_age,
    embedding_in,
    memory_folders,
    overview,
    read_export,
    read_memories,
    write_export,
)

SCHEMA = 1


def add_command(commands: Commands) -> None:
    """Adds `memory` and its actions."""
    memory = commands.add_parser("memory", help="look at memories, move them, thin them out")
    actions = memory.add_subparsers(required=True, metavar="ACTION")

    listed = actions.add_parser("list", help="the memory folders in a place, a run's among them")
    listed.set_defaults(run=_list)
    listed.add_argument("place", type=Path, nargs="?", metavar="DIR", help=".billp/memory")
    add_json_option(listed, "write it for programs")

    show = actions.add_parser("show", help="what was learned last, or what is nearest to a text")
    show.set_defaults(run=_show)
    show.add_argument("folder", type=Path)
    show.add_argument("--memory", choices=MEMORIES, help="only this one of the three")
    show.add_argument("--limit", type=count, default=10, help="rows of each memory; 10")
    show.add_argument("--like", metavar="TEXT", help="the nearest to this text, and how far it is")
    add_json_option(show, "write it for programs")

    for name, run, what in (
        ("export", _export, "every row of a folder as a JSON line"),
        ("import", _import, "join exported rows into a folder, new or not"),
    ):
        action = actions.add_parser(name, help=what)
        action.set_defaults(run=run)
        action.add_argument("folder", type=Path)
        action.add_argument("file", type=Path)

    prune = actions.add_parser("prune", help="keep only the rows that were written or used last")
    prune.set_defaults(run=_prune)
    prune.add_argument("folder", type=Path)
    prune.add_argument("--keep", type=whole, required=True, help="rows of each memory")


def _list(options: argparse.Namespace) -> int:
    if options.json:
        check_place(options.json)
    place = options.place or home() / "memory"
    if options.place and not place.is_dir():
        raise RunError(f"{place} is not a folder: name one that holds memories or a run")
    records = [_folder_record(folder) for folder in memory_folders(place)]
    if options.json:
        write_json(options.json, {"schema": SCHEMA, "place": str(place), "memories": records})
    print_folders(Console(), place, records)
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


def _show(options: argparse.Namespace) -> int:
    if options.json:
        check_place(options.json)
    folder = options.folder
    names: list[MemoryName] = [options.memory] if options.memory else list(MEMORIES)
    if options.like is None:
        found = _newest(folder, names, options.limit)
    else:
        found = _nearest(folder, names, options.limit, options.like)
    if options.json:
        about = {"schema": SCHEMA, "folder": str(folder), "embedding": embedding_in(folder)}
        rows = [_row_record(one) for one in found]
        write_json(options.json, {**about, "like": options.like, "rows": rows})
    print_rows(Console(), found)
    return 0


def _newest(folder: Path, names: list[MemoryName], limit: int) -> list[Found]:
    """Reads only the journal, so that it works while another process has the folder open."""
    rows = read_memories(folder).rows
    return [Found(name, row) for name in names for row in by_age(rows[name].values())[::-1][:limit]]


def _nearest(folder: Path, names: list[MemoryName], limit: int, text: str) -> list[Found]:
    with closing(_opened(folder)) as memories:
        return [
            Found(name, hit.row, hit.distance)
            for name in names
            for hit in memories.nearest(name, text, limit)
        ]


def _row_record(found: Found) -> dict[str, Any]:
    row = found.row
    record = {
        "memory": found.memory,
        "id": row.id,
        "text": row.text,
        "entries": dict(row.entries),
        "touched": row.touched,
    }
    return record if found.distance is None else {**record, "distance": round(found.distance, 6)}


def _export(options: argparse.Namespace) -> int:
    check_place(options.file)
    rows = read_memories(options.folder).rows
    written = write_export(options.file, {name: rows[name].values() for name in MEMORIES})
    print_line(Console(), f"{written} rows of {options.folder} written to {options.file}")
    return 0


def _import(options: argparse.Namespace) -> int:
    lessons = read_export(options.file)  # a damaged file must not leave a new, empty folder
    with closing(_opened(options.folder, DEFAULT_EMBEDDING)) as memories:
        counts = memories.commit(lessons)
    print_line(Console(), f"{sum(counts.values())} rows of {options.file} joined {options.folder}")
    return 0


def _prune(options: argparse.Namespace) -> int:
    with closing(_opened(options.folder)) as memories:
        dropped = memories.compact(options.keep)
        kept = memories.counts()
    counts = ", ".join(f"{kept[name]} {name} (dropped {dropped[name]})" for name in MEMORIES)
    print_line(Console(), f"{options.folder} keeps {counts}")
    return 0


def _opened(folder: Path, default: str | None = None) -> MemoryFolder:
    return MemoryFolder(folder, SentenceEmbedder(embedding_in(folder, default)))
