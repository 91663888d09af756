"""What `billp play` shows and asks: a panel an item on a terminal, plain lines elsewhere."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console, Group
from rich.panel import Panel
from rich.text import Text

from simulator import plain

HELP = "1 to 5 rates it, q: you leave over it, e: the session ends here, ?: the plan behind it"
SHORT = {"q": "quit", "e": "end"}
PROMPT = "your rating (?, q, e): "
WIDEST = 1000


class Screen:
    """The conversation as a person sees it."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def opens(self, settings: Mapping[str, Any], *, begun: bool) -> None:
        """Says what is played."""
        self._say(
            f"World {settings['world']!r}, method {settings['arm']!r}, chat model "
            f"{settings['model']!r}: {'going on' if begun else HELP}"
        )

    @contextmanager
    def thinking(self) -> Iterator[None]:
        """Shows that the models are at work, where there is somebody to see it."""
        if not self._console.is_terminal:
            yield
            return
        with self._console.status("thinking"):
            yield

    def ask(self, question: Mapping[str, Any], state: Mapping[str, Any]) -> str | None:
        """What the person says to an item; None at the end of all input."""
        self._show(question)
        prompt = Text(PROMPT if self._console.is_terminal else "")
        while True:
            try:
                said = self._console.input(prompt).strip()
            except EOFError:
                self._console.print()
                return None
            if said == "?":
                self._tell_plan(state)
            elif said:
                return SHORT.get(said.casefold(), said)

    def closes(self, state: Mapping[str, Any]) -> None:
        """Says how it went and what it taught."""
        ending = state["ending"]
        if not ending["rounds"]:
            self._say("The session ended before anything was rated: nothing was learned.")
            return
        how = "You left" if ending["terminated"] else "The session ended"
        self._say(
            f"{how} after {_counted(ending['rounds'], 'round')}, rated "
            f"{ending['mean_reward']:.1f} on average."
        )
        if state["reflection"]:
            self._say(f"What is taken from it: {state['reflection']}")
        kept = [_counted(n, name.rstrip("s")) for name, n in state["remembered"].items() if n]
        self._say(f"Remembered: {', '.join(kept) or 'nothing'}.")

    def saved(self, command: str) -> None:
        """Says how to go on another time."""
        self._say(f"Saved. To go on: {command}")

    def _show(self, question: Mapping[str, Any]) -> None:
        if question["problem"]:
            self._say(question["problem"], "yellow")
            return
        item = Text(_line(question["item"]), "bold")
        lines = [item, Text(_line(", ".join(question["genres"])) or "no genres known", "dim")]
        shown = _tail(question["shown"])
        if not self._console.is_terminal:
            self._say(f"Round {question['round']}: {item.plain} [{lines[1].plain}]")
            return
        lines += [Text(f"before: {shown}", "dim")] if shown else []
        title = f"Round {question['round']}"
        self._console.print(Panel(Group(*lines), title=title, title_align="left", width=80))

    def _tell_plan(self, state: Mapping[str, Any]) -> None:
        self._say(state["thought"] or "This method does not plan.", "dim")
        for principle in state["principles"]:
            self._say(f"from memory: {principle['text']}", "dim")

    def _say(self, text: str, style: str = "") -> None:
        """Text from outside: no markup in it is obeyed, no control character printed."""
        self._console.print(Text(_line(text), style), soft_wrap=not self._console.is_terminal)


def _tail(shown: Sequence[Mapping[str, Any]]) -> str:
    return _line(", ".join(f"{met['item']} ({met['rating']:g})" for met in shown[-4:]))


def _line(text: str) -> str:
    return plain(text, WIDEST)


def _counted(number: int, name: str) -> str:
    return f"{number} {name}" if number == 1 else f"{number} {name}s"
