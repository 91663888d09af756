"""How far a piece of work is: a bar on a terminal, a plain line elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


class Advance(Protocol):
    """Called when a piece of work is done."""

    def __call__(self) -> None:
        """Moves the bar."""
        ...


@contextmanager
def progress(console: Console, label: str, total: int) -> Iterator[Advance]:
    """A bar on a terminal, a plain line when done elsewhere."""
    if not console.is_terminal:
        yield lambda: None
        console.print(f"{label}: {total} done")
        return
    columns = (
        TextColumn("{task.description:<34}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(label, total=total)
        yield lambda: bar.advance(task)
