"""An episode told step by step."""

from collections.abc import Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.panel import Panel

from simulator import plain

LONGEST = 2000


def story(state: Mapping[str, Any], title: str) -> RenderableType:
    """An episode as it went: thought, item, reward, verdict; then the reflection."""
    verdicts = {verdict["round"]: verdict for verdict in state["verdicts"]}
    lines: list[RenderableType] = [
        f"[dim]principle[/] {_words(principle['text'])}" for principle in state["principles"]
    ]
    for step in state["steps"]:
        lines.append(f"[bold]{step['round']:>3}[/] [dim]thought[/] {_words(step['plan'])}")
        lines.append(f"    [dim]item[/]    {_words(step['item'])}")
        lines.append(f"    [dim]user[/]    {_received(step, verdicts.get(step['round']))}")
    lines.append(f"[dim]reflection[/] {_words(state['reflection']) or '(none)'}")
    return Panel(Group(*lines), title=_words(title), title_align="left")


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


def _words(text: str) -> str:
    """Text from outside: no markup in it is obeyed, no control character printed."""
    return escape(plain(text, LONGEST))
