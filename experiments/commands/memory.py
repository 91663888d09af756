"""`billp memory list|show|export|import|prune`: look at memories, move them, thin them out."""

import argparse
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from experiments.commands.options import Commands, add_json_option, count, whole
from experiments.errors import RunError
from experiments.runs.files import check_place, write_json
from experiments.terminal import print_line, safe_text
from simulator import home, plain
from stores import (
    DEFAULT_EMBEDDING,
    MEMORIES,
    MemoryFolder,
    MemoryName,
    Row,
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

TEXT_LIMIT, FACT_LIMIT = 600, 3


class Found(NamedTuple):
    """A row of a memory, with its distance from the text that was searched for."""

    memory: MemoryName
    row: Row
    distance: float | None = None


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
    folder, limit = options.folder, options.limit
    names: list[MemoryName] = [options.memory] if options.memory else list(MEMORIES)
    if options.like is None:  # reads the journal alone, which another process may have open
        rows = {name: by_age(row.values()) for name, row in read_memories(folder).rows.items()}
        found = [Found(name, row) for name in names for row in rows[name][::-1][:limit]]
    else:
        with closing(_opened(folder)) as memories:
            nearest = {name: memories.nearest(name, options.like, limit) for name in names}
        found = [Found(name, hit.row, hit.distance) for name in names for hit in nearest[name]]
    if options.json:
        about = {"schema": SCHEMA, "folder": str(folder), "embedding": embedding_in(folder)}
        records = [_row_record(one) for one in found]
        write_json(options.json, {**about, "like": options.like, "rows": records})
    print_rows(Console(), found)
    return 0


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


def print_folders(console: Console, place: Path, records: Sequence[Mapping[str, Any]]) -> None:
    """Prints what memory folders hold, and which are in use."""
    if not records:
        print_line(console, f"no memories in {place}")
    elif console.is_terminal:
        console.print(_folder_table(place, records))
    else:
        for record in records:
            print_line(console, _folder_line(record))


def print_rows(console: Console, found: Sequence[Found]) -> None:
    """Prints rows, memory by memory."""
    if not found:
        print_line(console, "no rows")
    elif console.is_terminal:
        for memory in dict.fromkeys(one.memory for one in found):
            console.print(_row_table(memory, [one for one in found if one.memory == memory]))
    else:
        for memory, row, distance in found:
            far = [] if distance is None else [f"distance {distance:.4f}"]
            facts, text = plain(_facts(row), TEXT_LIMIT), plain(row.text, TEXT_LIMIT)
            print_line(console, " | ".join([memory, *far, f"touched {row.touched}", facts, text]))


def _folder_table(place: Path, records: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(title=safe_text(f"Memories in {place}"), title_justify="left")
    table.add_column("folder", overflow="fold")
    for name in (*MEMORIES, "episodes", "size"):
        table.add_column(name, justify="right")
    table.add_column("embedding")
    table.add_column("")
    for record in records:
        folder = safe_text(str(Path(record["folder"]).relative_to(place)))
        if "error" in record:
            table.add_row(folder, *[""] * 6, safe_text(record["error"], "red"))
            continue
        figures = [f"{record['rows'][name]:,}" for name in MEMORIES]
        figures += [f"{record['episodes']:,}", _megabytes(record["bytes"])]
        use = safe_text("in use" if record["in_use"] else "", "yellow")
        table.add_row(folder, *figures, safe_text(record["embedding"]), use)
    return table


def _folder_line(record: Mapping[str, Any]) -> str:
    if "error" in record:
        return f"{record['folder']}: {record['error']}"
    counts = ", ".join(f"{record['rows'][name]} {name}" for name in MEMORIES)
    use = "in use" if record["in_use"] else "not in use"
    return (
        f"{record['folder']}: {counts}; {record['episodes']} episodes; {record['embedding']}; "
        f"{_megabytes(record['bytes'])}; {use}"
    )


def _row_table(memory: MemoryName, found: Sequence[Found]) -> Table:
    searched = any(one.distance is not None for one in found)
    table = Table(title=memory, title_justify="left", show_lines=True)
    for heading in ("touched", *["distance"] * searched):
        table.add_column(heading, justify="right")
    table.add_column("text", overflow="fold", ratio=3)
    table.add_column("what is known", overflow="fold", ratio=2)
    for _, row, distance in found:
        far = [] if distance is None else [f"{distance:.4f}"]
        texts = (safe_text(text, limit=TEXT_LIMIT) for text in (row.text, _facts(row)))
        table.add_row(str(row.touched), *far, *texts)
    return table


def _facts(row: Row) -> str:
    """The newest facts of a row, in words."""
    facts = [_fact(key, entry) for key, entry in row.newest()]
    more = [f"and {len(facts) - FACT_LIMIT} more"] * (len(facts) > FACT_LIMIT)
    return "; ".join(facts[:FACT_LIMIT] + more)


def _fact(key: str, entry: Mapping[str, object]) -> str:
    match dict(entry):
        case {"verdict": verdict}:
            return f"{key} {'paid off' if verdict else 'did not pay off'}"
        case {"target": target}:
            return f"value {target}"
        case {"length": length, "reward": reward}:
            return f"{key}: {length} rounds, {reward} in all"
    return f"{key}: {', '.join(f'{name} {value}' for name, value in entry.items())}"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
