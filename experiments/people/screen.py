"""What `billp play` shows and asks: panels on a terminal, plain lines elsewhere."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console, Group
from rich.panel import Panel
from rich.text import Text

from experiments.people.keyboard import silent_keys
from experiments.terminal import safe_text
from simulator.text import plural

LEGEND = "1 to 5 rates it, q: you leave over it, e: the end, ?: the plan, help: more"
HELP = (
    "1 to 5   rates the item, 4.5 too; the next one follows",
    "q        you leave over this item: unrated, it counts as 1",
    "e        the session ends here: an unrated item does not count",
    "?        the plan behind the item, and what memory gave to it",
    "Ctrl-D   stops for now: the session waits for you",
)
SHORT = {"q": "quit", "e": "end"}
PROMPT = "your rating (?, q, e, help): "


class Screen:
    """The person's side of the conversation."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def show_start(self, world: str, arm: str, model: str, *, resumed: bool) -> None:
        """Says what is played, and which answers there are."""
        going_on = ": going on" if resumed else ""
        self._print(f"World {world!r}, method {arm!r}, chat model {model!r}{going_on}")
        self._print(LEGEND, "dim")

    @contextmanager
    def waiting(self, doing: str) -> Iterator[None]:
        """Shows on a terminal what is being done."""
        if not self._console.is_terminal:
            yield
            return
        with silent_keys(), self._console.status(doing):
            yield

    def ask(self, question: Mapping[str, Any], state: Mapping[str, Any]) -> str | None:
        """The person's answer to an item; None at the end of the input."""
        self._print_question(question)
        prompt = Text(PROMPT if self._console.is_terminal else "")
        while True:
            try:
                answer = self._console.input(prompt).strip()
            except EOFError:
                self._console.print()
                return None
            if answer == "?":
                self._print_plan(state)
            elif answer.casefold() in ("help", "h"):
                for line in HELP:
                    self._console.print(Text(line, "dim"))
            elif answer:
                return SHORT.get(answer.casefold(), answer)

    def show_end(self, state: Mapping[str, Any], item: str, answer: str) -> None:
        """Says how the session ended and what was learned from it; the item was shown last."""
        ending = state["ending"]
        if answer.casefold() == "quit":
            self._print(f"You left over {item!r}: it counts as 1, the lowest rating.")
        elif answer.casefold() == "end":
            self._print(f"You did not rate {item!r}: it does not count.")
        if not ending["rounds"]:
            self._print("The session ended before anything was rated: nothing was learned.")
            return
        how = "You left" if ending["terminated"] else "The session ended"
        self._print(
            f"{how} after {plural(ending['rounds'], 'round')}, rated "
            f"{ending['mean_reward']:.1f} on average."
        )
        if state["reflection"]:
            self._print(f"What is taken from it: {state['reflection']}")
        kept = [plural(n, name.rstrip("s")) for name, n in state["remembered"].items() if n]
        self._print(f"Remembered: {', '.join(kept) or 'nothing'}.")

    def show_resume(self, command: str) -> None:
        """Names the command that goes on with the session, in a line of its own to be copied."""
        self._print("Saved. To go on:")
        self._print(command)

    def end_line(self) -> None:
        """What follows begins in a new line."""
        self._console.print()

    def _print_question(self, question: Mapping[str, Any]) -> None:
        if question["problem"]:
            self._print(question["problem"], "yellow")
            return
        item = safe_text(question["item"], "bold")
        genres = safe_text(", ".join(question["genres"]), "dim") or Text("no genres known", "dim")
        shown = ", ".join(f"{met['item']} ({met['rating']:g})" for met in question["shown"][-4:])
        if not self._console.is_terminal:
            self._print(f"Round {question['round']}: {item.plain} [{genres.plain}]")
            return
        lines = [item, genres, *[safe_text(f"before: {shown}", "dim")] * bool(shown)]
        title = f"Round {question['round']}"
        self._console.print(Panel(Group(*lines), title=title, title_align="left", width=80))

    def _print_plan(self, state: Mapping[str, Any]) -> None:
        self._print(state["thought"] or "This method does not plan.", "dim")
        for principle in state["principles"]:
            self._print(f"from memory: {principle['text']}", "dim")

    def _print(self, text: str, style: str = "") -> None:
        self._console.print(safe_text(text, style), soft_wrap=not self._console.is_terminal)
