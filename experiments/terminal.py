"""Printing to the terminal: its width, safe text from files and servers, and progress."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from textwrap import wrap

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from simulator import plain
from simulator.text import plural

WIDTH = 120  # of tables where no terminal says how wide it is
LONGEST = 2000  # characters of one piece of text


def wide_console() -> Console:
    """A console as wide as the terminal or COLUMNS says, and wide where neither does."""
    console = Console()
    told = console.is_terminal or "COLUMNS" in os.environ
    return console if told else Console(width=max(console.width, WIDTH))


def safe_text(text: str, style: str = "", limit: int = LONGEST) -> Text:
    """Text from outside for rich: its markup is not obeyed, its control characters are removed."""
    return Text(plain(text, limit), style)


def megabytes(size: int) -> str:
    """A number of bytes as people read it."""
    return f"{size / 1e6:.1f} MB"


def print_line(console: Console, text: str) -> None:
    """Prints one unwrapped line; unlike `safe_text` it keeps paths as they are."""
    visible = "".join(character if character.isprintable() else " " for character in text)
    console.print(visible, markup=False, highlight=False, soft_wrap=True)


def print_paragraphs(console: Console, texts: Iterable[str]) -> None:
    """Prints texts, each folded to the width; what is indented stays so."""
    for text in texts:
        indent = " " * (len(text) - len(text.lstrip()))
        for line in wrap(text, console.width, subsequent_indent=f"{indent}  "):
            print_line(console, line)


class ProgressDisplay:
    """Shows a run's episodes as one bar on a terminal, otherwise a line for each finished phase."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar: Progress | None = None

    @contextmanager
    def bar(self, episodes: int) -> Iterator[None]:
        """Shows a bar over so many episodes, where the output is a terminal."""
        if not self._console.is_terminal:
            yield
            return
        columns = (
            TextColumn("{task.description:<28}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=self._console, transient=True) as bar:
            bar.add_task("episodes", total=episodes)
            self._bar = bar
            yield
        self._bar = None

    def episode_done(self, label: str) -> None:
        """Moves the bar."""
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], advance=1, description=label[:28])

    def phase_done(self, label: str, episodes: int) -> None:
        """Prints a line where there is no bar."""
        if self._bar is None:
            self.message(f"{label}: {plural(episodes, 'episode')}")

    def message(self, text: str) -> None:
        """Prints a line, above the bar if there is one."""
        print_line(self._console, text)
