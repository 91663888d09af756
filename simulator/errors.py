"""What can go wrong with a world, and the hint for a mistyped name."""

from collections.abc import Iterable
from difflib import get_close_matches


class WorldError(ValueError):
    """A world, user or item that does not exist or cannot be used; the message says what to do."""


def name_hint(name: str, known: Iterable[str], plural: str) -> str:
    """The most similar known name as a question, or else the list of all known names."""
    names = list(known)
    close = get_close_matches(name, names, n=1) or get_close_matches(name.lower(), names, n=1)
    return f"did you mean {close[0]!r}?" if close else f"known {plural}: {', '.join(names)}"
