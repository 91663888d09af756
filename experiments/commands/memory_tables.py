"""Memories on the terminal: tables there, a line for each folder and row elsewhere."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from simulator import plain
from stores import MEMORIES, MemoryName, Row

Found = tuple[MemoryName, Row, float | None]  # with the distance where one was asked for

TEXT_LIMIT, FACTS = 600, 3


def say(console: Console, text: str) -> None:
    """A line that stays one; of names from outside it shows only what can be seen."""
    console.print(_visible(text), markup=False, highlight=False, soft_wrap=True)


def tell_folders(console: Console, place: Path, records: Sequence[Mapping[str, Any]]) -> None:
    """What memory folders hold, and whether somebody has them open."""
    if not records:
        say(console, f"no memories in {place}")
    elif console.is_terminal:
        console.print(_folders(place, records))
    else:
        for record in records:
            say(console, _folder_line(record))


def tell_rows(console: Console, found: Sequence[Found]) -> None:
    """Rows as they were found, memory by memory."""
    if not found:
        say(console, "no rows")
    elif console.is_terminal:
        for name in dict.fromkeys(name for name, _, _ in found):
            console.print(_rows(name, [one for one in found if one[0] == name]))
    else:
        for name, row, distance in found:
            far = [] if distance is None else [f"distance {distance:.4f}"]
            cells = [name, *far, f"touched {row.touched}", _facts(row), _text(row.text)]
            say(console, " | ".join(cells))


def _folders(place: Path, records: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(title=f"Memories in {_markup(str(place))}", title_justify="left")
    table.add_column("folder", overflow="fold")
    for name in (*MEMORIES, "episodes", "size"):
        table.add_column(name, justify="right")
    table.add_column("embedding")
    table.add_column("")
    for record in records:
        folder = _markup(str(Path(record["folder"]).relative_to(place)))
        if "error" in record:
            table.add_row(folder, *[""] * 6, f"[red]{_markup(record['error'])}[/]")
            continue
        counts = [f"{record['rows'][name]:,}" for name in MEMORIES]
        figures = (f"{record['episodes']:,}", _megabytes(record["bytes"]))
        use = "[yellow]in use[/]" if record["in_use"] else ""
        table.add_row(folder, *counts, *figures, _markup(record["embedding"]), use)
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


def _rows(name: MemoryName, found: Sequence[Found]) -> Table:
    asked = any(distance is not None for _, _, distance in found)
    table = Table(title=name, title_justify="left", show_lines=True)
    for heading in ("touched", *["distance"] * asked):
        table.add_column(heading, justify="right")
    table.add_column("text", overflow="fold", ratio=3)
    table.add_column("what is known", overflow="fold", ratio=2)
    for _, row, distance in found:
        far = [] if distance is None else [f"{distance:.4f}"]
        table.add_row(str(row.touched), *far, escape(_text(row.text)), escape(_facts(row)))
    return table


def _facts(row: Row) -> str:
    """The newest facts of a row, in words."""
    facts = [_fact(key, entry) for key, entry in row.newest()]
    more = [f"and {len(facts) - FACTS} more"] * (len(facts) > FACTS)
    return _text("; ".join(facts[:FACTS] + more))


def _fact(key: str, entry: Mapping[str, object]) -> str:
    match dict(entry):
        case {"verdict": verdict}:
            return f"{key} {'paid off' if verdict else 'did not pay off'}"
        case {"target": target}:
            return f"value {target}"
        case {"length": length, "reward": reward}:
            return f"{key}: {length} rounds, {reward} in all"
    return f"{key}: {', '.join(f'{name} {value}' for name, value in entry.items())}"


def _text(text: str) -> str:
    return plain(text, TEXT_LIMIT)


def _visible(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)


def _markup(text: str) -> str:
    return escape(_visible(text))


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
