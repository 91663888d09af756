"""Memories on the terminal: tables there, a line for each folder and row elsewhere."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from experiments.terminal import print_line, safe_text
from simulator import plain
from stores import MEMORIES, MemoryName, Row

TEXT_LIMIT, FACT_LIMIT = 600, 3


class Found(NamedTuple):
    """A row of a memory, with its distance from the text that was searched for."""

    memory: MemoryName
    row: Row
    distance: float | None = None


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
