"""Printing to the terminal: its width, and text from files and servers made safe to show."""

from rich.console import Console
from rich.text import Text

from simulator import plain

WIDTH = 120  # of tables where no terminal says how wide it is
LONGEST = 2000  # characters of one piece of text


def wide_console() -> Console:
    """A console on which tables are not squeezed into 80 columns when the output is piped."""
    console = Console()
    return console if console.is_terminal else Console(width=max(console.width, WIDTH))


def safe_text(text: str, style: str = "", limit: int = LONGEST) -> Text:
    """Text from outside for rich: its markup is not obeyed, its control characters are removed."""
    return Text(plain(text, limit), style)


def print_line(console: Console, text: str) -> None:
    """Prints one unwrapped line; unlike `safe_text` it keeps paths as they are."""
    visible = "".join(character if character.isprintable() else " " for character in text)
    console.print(visible, markup=False, highlight=False, soft_wrap=True)
