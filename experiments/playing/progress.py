"""How far a run has come: one bar on a terminal, a plain line for each finished phase elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


class Watch:
    """Is told of every episode and every phase that ends."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    @contextmanager
    def over(self, episodes: int) -> Iterator["Watch"]:
        """Shows the bar while a run of so many episodes lasts."""
        if not self.console.is_terminal:
            yield self
            return
        columns = (
            TextColumn("{task.description:<28}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=self.console, transient=True) as bar:
            self._bar, self._task = bar, bar.add_task("episodes", total=episodes)
            yield self
        self._bar = None

    def episode(self, label: str) -> None:
        """An episode has ended."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, advance=1, description=label[:28])

    def phase(self, label: str, episodes: int) -> None:
        """A phase has ended."""
        if self._bar is None:
            self.say(f"{label}: {episodes} episodes")

    def say(self, text: str) -> None:
        """A line, above the bar if there is one."""
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)
