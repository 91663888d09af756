"""What the terminal shows: progress, tables and one episode told step by step."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from experiments.metrics import Summary

OFFLINE_NOTE = (
    "'offline' is a rule-based stand-in for trying things out: its figures show that the "
    "machinery works, not what a language model would reach."
)


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


def results(title: str, summaries: Mapping[str, Summary], caption: str) -> RenderableType:
    """The comparison table."""
    table = Table(title=title, caption=caption, title_justify="left", caption_justify="left")
    table.add_column("arm")
    for name in ("Len", "R_each", "R_traj"):
        table.add_column(name, justify="right")
    table.add_column("why sessions ended")
    for arm, summary in summaries.items():
        ended = ", ".join(f"{cause} {count}" for cause, count in summary.quits.items())
        figures = (str(summary.len), str(summary.r_each), str(summary.r_traj))
        table.add_row(arm, *figures, ended)
    return table


def story(state: Mapping[str, Any], title: str) -> RenderableType:
    """An episode as it went: thought, item, reward, verdict; then the reflection."""
    verdicts = {verdict["round"]: verdict for verdict in state["verdicts"]}
    lines: list[RenderableType] = [
        f"[dim]principle[/] {escape(principle['text'])}" for principle in state["principles"]
    ]
    for step in state["steps"]:
        lines.append(f"[bold]{step['round']:>3}[/] [dim]thought[/] {escape(step['plan'])}")
        lines.append(f"    [dim]item[/]    {escape(step['item'])}")
        lines.append(f"    [dim]user[/]    {_received(step, verdicts.get(step['round']))}")
    lines.append(f"[dim]reflection[/] {escape(state['reflection']) or '(none)'}")
    return Panel(Group(*lines), title=escape(title), title_align="left")


def _received(step: Mapping[str, Any], verdict: Mapping[str, Any] | None) -> str:
    text = f"rating {step['reward']:.1f}"
    if step["quit"]:
        text += f", [red]left: {step['quit']}[/]"
    if verdict:
        judged = "[green]paid off[/]" if verdict["verdict"] else "[yellow]did not pay off[/]"
        text += (
            f" [dim]·[/] V {verdict['value']:.1f}, advantage {verdict['advantage']:+.1f}: {judged}"
        )
    return text
