"""One episode of a demo, told step by step."""

from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.panel import Panel

from experiments.runs.cell import cell_of
from experiments.runs.records import Record
from experiments.terminal import LONGEST
from nodes import Step, Verdict
from simulator import plain

STORY_ARM, STORY_ROUNDS = "billp", 8


def print_story(folder: Path, seed: int, console: Console) -> None:
    """Tells a session that is long enough to show something and short enough to read."""
    records = cell_of(folder, STORY_ARM, seed).records("frozen")
    finished = [record for record in records.values() if not record["error"]]
    if finished:
        record = min(finished, key=lambda r: (abs(len(r["steps"]) - STORY_ROUNDS), r["user"]))
        console.print(_story(record, f"One episode of BiLLP: user {record['user']}"))


def _story(record: Record, title: str) -> RenderableType:
    """An episode as it went: thought, item, reward, verdict; then the reflection."""
    verdicts = {verdict["round"]: verdict for verdict in record["verdicts"]}
    lines: list[RenderableType] = [
        f"[dim]principle[/] {_escaped(principle['text'])}" for principle in record["principles"]
    ]
    for step in record["steps"]:
        lines.append(f"[bold]{step['round']:>3}[/] [dim]thought[/] {_escaped(step['plan'])}")
        lines.append(f"    [dim]item[/]    {_escaped(step['item'])}")
        lines.append(f"    [dim]user[/]    {_feedback(step, verdicts.get(step['round']))}")
    lines.append(f"[dim]reflection[/] {_escaped(record['reflection']) or '(none)'}")
    return Panel(Group(*lines), title=_escaped(title), title_align="left")


def _feedback(step: Step, verdict: Verdict | None) -> str:
    text = f"rating {step['reward']:.1f}"
    if step["quit"]:
        text += f", [red]left: {step['quit']}[/]"
    if verdict:
        judged = "[green]paid off[/]" if verdict["verdict"] else "[yellow]did not pay off[/]"
        text += (
            f" [dim]·[/] V {verdict['value']:.1f}, advantage {verdict['advantage']:+.1f}: {judged}"
        )
    return text


def _escaped(text: str) -> str:
    return escape(plain(text, LONGEST))
