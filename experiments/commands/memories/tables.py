"""How folders of memories and their rows are shown on the terminal."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from experiments.terminal import megabytes, print_line, safe_text
from simulator.text import plural
from stores import MEMORIES, MemoryName, Row, fact_in_words, time_in_words

TEXT_LIMIT, FACT_LIMIT = 600, 3
RETIRED = "no longer given; "

PURPOSES: Mapping[MemoryName, str] = {
    "reflections": "principles that the Planner is given (macro learning)",
    "experiences": "which items paid off, and when, for the Actor (micro learning)",
    "values": "what a situation was worth, for the Critic (micro learning)",
}
HEADINGS: Mapping[MemoryName, tuple[str, str]] = {
    "reflections": ("principle", "learned from"),
    "experiences": ("after these items", "this one"),
    "values": ("after these items", "was worth"),
}


class Found(NamedTuple):
    """A row of a memory, with its distance from the text that was searched for."""

    memory: MemoryName
    row: Row
    distance: float | None = None
    retired: bool = False


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
    for memory in dict.fromkeys(one.memory for one in found):
        print_line(console, f"{memory}: {PURPOSES[memory]}")
        console.print(_row_table(memory, [one for one in found if one.memory == memory]))


def _folder_table(place: Path, records: Sequence[Mapping[str, Any]]) -> Table:
    embeddings = dict.fromkeys(one["embedding"] for one in records if "error" not in one)
    table = Table(
        title=safe_text(f"Memories in {place}"),
        caption=safe_text(f"Embedding: {', '.join(embeddings)}") if embeddings else None,
        title_justify="left",
        caption_justify="left",
    )
    table.add_column("folder", overflow="fold")
    for name in (*MEMORIES, "episodes", "size"):
        table.add_column(name, justify="right")
    for record in records:
        folder = safe_text(str(Path(record["folder"]).relative_to(place)))
        if "error" in record:
            folder.append(": ").append_text(safe_text(record["error"], "red"))
            table.add_row(folder)
            continue
        if record["in_use"]:
            folder.append(" (in use)", "yellow")
        figures = [f"{record['rows'][name]:,}" for name in MEMORIES]
        table.add_row(folder, *figures, f"{record['episodes']:,}", megabytes(record["bytes"]))
    return table


def _folder_line(record: Mapping[str, Any]) -> str:
    if "error" in record:
        return f"{record['folder']}: {record['error']}"
    counts = ", ".join(plural(record["rows"][name], name.rstrip("s")) for name in MEMORIES)
    use = "in use" if record["in_use"] else "not in use"
    return (
        f"{record['folder']}: {counts}; {plural(record['episodes'], 'episode')}; "
        f"{record['embedding']}; {megabytes(record['bytes'])}; {use}"
    )


def _row_table(memory: MemoryName, found: Sequence[Found]) -> Table:
    searched = any(one.distance is not None for one in found)
    text, facts = HEADINGS[memory]
    table = Table(show_lines=True)
    table.add_column("last used", max_width=10)
    if searched:
        table.add_column("distance", justify="right")
    table.add_column(text, overflow="fold", ratio=3)
    table.add_column(facts, overflow="fold", ratio=2)
    for _, row, distance, retired in found:
        far = [] if distance is None else [f"{distance:.4f}"]
        said = f"{RETIRED if retired else ''}{_facts(row)}"
        cells = (safe_text(cell, limit=TEXT_LIMIT) for cell in (row.text, said))
        table.add_row(time_in_words(row.touched), *far, *cells)
    return table


def _facts(row: Row) -> str:
    """The newest facts of a row, in words."""
    facts = [fact_in_words(key, entry) for key, entry in row.newest()]
    more = [f"and {len(facts) - FACT_LIMIT} more"] * (len(facts) > FACT_LIMIT)
    return "; ".join(facts[:FACT_LIMIT] + more)
