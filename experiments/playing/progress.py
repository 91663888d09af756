"""The progress of a run: one bar on a terminal, otherwise a line for each finished phase."""

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

from experiments.terminal import print_line


class ProgressDisplay:
    """Shows finished episodes and phases."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar: Progress | None = None
        self._task: TaskID | None = None

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
            self._bar, self._task = bar, bar.add_task("episodes", total=episodes)
            yield
        self._bar = None

    def episode_done(self, label: str) -> None:
        """Moves the bar."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, advance=1, description=label[:28])

    def phase_done(self, label: str, episodes: int) -> None:
        """Prints a line where there is no bar."""
        if self._bar is None:
            self.message(f"{label}: {episodes} episodes")

    def message(self, text: str) -> None:
        """Prints a line, above the bar if there is one."""
        print_line(self._console, text)
